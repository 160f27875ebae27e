// What 1Password's texts mean, and what is said of a program that failed.
#include "services/secret_op_text.h"

#include <gtest/gtest.h>

namespace chela::services {
namespace {

constexpr const char* kPrefix = "[ERROR] 2026/11/22 05:40:11 ";

std::optional<SecretFailure> judged(const std::string& text, OpContext context = {},
                                    int exit_code = 1) {
  ProgramReport report;
  report.exit_code = exit_code;
  if (context.reference.empty()) context.reference = "op://V/I/f";
  return judge_op(report, text, context);
}

TEST(OpText, TableOfTexts) {
  const struct {
    const char* name;
    std::string text;
    SecretCause cause;
    SecretState state;
  } cases[] = {
      {"signed out", "You are not currently signed in. Please run `op signin --help` for",
       SecretCause::not_signed_in, SecretState::needs_human},
      {"not signed in", "account is not signed in", SecretCause::not_signed_in,
       SecretState::needs_human},
      {"session over", "session expired, sign in to create a new session",
       SecretCause::not_signed_in, SecretState::needs_human},
      {"locked", "error initializing client: 1Password is locked", SecretCause::locked,
       SecretState::needs_human},
      {"not unlocked", "could not unlock account", SecretCause::locked, SecretState::needs_human},
      {"dismissed", "error initializing client: authorization prompt dismissed, please try again",
       SecretCause::dismissed, SecretState::needs_human},
      {"dismissed, wrapped",
       "could not read secret 'op://V/I/f': error initializing client: authorization prompt "
       "dismissed, please try again",
       SecretCause::dismissed, SecretState::needs_human},
      {"nobody answered", "error initializing client: authorization timeout",
       SecretCause::prompt_timeout, SecretState::needs_human},
      {"no app",
       "error initializing client: connecting to desktop app: cannot connect, make sure it is "
       "unlocked",
       SecretCause::app_unreachable, SecretState::needs_human},
      {"no app, newer", "1Password CLI couldn't connect to the 1Password desktop app.",
       SecretCause::app_unreachable, SecretState::needs_human},
      {"no account",
       "No accounts configured for use with 1Password CLI. Turn on 1Password desktop app "
       "integration",
       SecretCause::no_account, SecretState::needs_human},
      {"no item", R"("X" isn't an item in the "V" vault. Specify the item with its UUID, name)",
       SecretCause::not_found, SecretState::config},
      {"no vault", R"("V" isn't a vault in this account.)", SecretCause::not_found,
       SecretState::config},
      {"no field", "could not read secret op://V/I/f: item 'V/I' does not have a field 'f'",
       SecretCause::not_found, SecretState::config},
      {"could not read", "could not read secret op://V/I/f", SecretCause::not_found,
       SecretState::config},
      {"two items", R"(More than one item matches "X". Try again and specify the item by its ID)",
       SecretCause::not_found, SecretState::config},
      {"an item of a misleading name", R"("1Password is locked" isn't an item in the "V" vault)",
       SecretCause::not_found, SecretState::config},
      {"too many", "(429) Too Many Requests: You've reached the maximum number",
       SecretCause::too_many_requests, SecretState::rate_limited},
      {"bad token", "(401) Unauthorized: You aren't authorized to perform this action",
       SecretCause::bad_token, SecretState::config},
      {"old token", "Signin credentials are not compatible with the provided user auth",
       SecretCause::bad_token, SecretState::config},
      {"not shared", "(403) Forbidden: You don't have permission", SecretCause::unreadable,
       SecretState::config},
      {"bad reference", "invalid secret reference 'op://V/I/f'", SecretCause::bad_reference,
       SecretState::config},
      {"no network", "dial tcp: lookup my.1password.com: no such host", SecretCause::no_network,
       SecretState::unavailable},
      {"something new", "the moon is in the wrong house", SecretCause::failed,
       SecretState::unavailable},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto failure = judged(kPrefix + c.text + "\n");
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->cause, c.cause) << name_of(failure->cause);
    EXPECT_EQ(state_of(failure->cause), c.state);
    EXPECT_EQ(failure->step, "op read");
    EXPECT_FALSE(failure->message.empty());
    EXPECT_FALSE(failure->remedy.empty());
    if (c.state == SecretState::needs_human) {
      EXPECT_NE(unlock_command(c.cause), "");
      EXPECT_EQ(code_of(c.cause), ErrorCode::failed_precondition);
    } else {
      EXPECT_EQ(unlock_command(c.cause), "");
    }
  }
}

TEST(OpText, LockedAndNotSignedInHaveOtherWords) {
  const auto locked = judged("1Password is locked");
  const auto signed_out = judged("account is not signed in");
  EXPECT_NE(locked->message.find("is locked"), std::string::npos);
  EXPECT_NE(signed_out->message.find("signed in"), std::string::npos);
  EXPECT_EQ(signed_out->message.find("locked"), std::string::npos);
}

TEST(OpText, TheReferenceItselfIsNoWord) {
  OpContext context;
  context.reference = "op://V/authorization timeout/f";
  const auto failure =
      judged("could not read secret 'op://V/authorization timeout/f': no item found", context);
  EXPECT_EQ(failure->cause, SecretCause::not_found);
}

TEST(OpText, TellsWhenToComeBack) {
  const struct {
    const char* text;
    std::optional<Duration> after;
  } cases[] = {
      {"(429) Too Many Requests: Please retry in 58 minutes or", std::chrono::minutes(58)},
      {"rate limit: retry in 30 seconds", std::chrono::seconds(30)},
      {"rate limit: retry in 2 hours", std::chrono::hours(2)},
      {"rate limit: retry in 999999999999 hours", std::nullopt},
      {"rate limit: retry in -5 minutes", std::nullopt},
      {"rate limit", std::nullopt},
      {"rate limit: retry in 80000 minutes", std::chrono::hours(24)},
  };
  for (const auto& c : cases) EXPECT_EQ(judged(c.text)->retry_after, c.after) << c.text;
}

TEST(OpText, TableOfFates) {
  const struct {
    const char* name;
    ProgramFate fate;
    bool has_token;
    SecretCause cause;
    bool may_have_prompted;
  } cases[] = {
      {"killed", ProgramFate::signalled, false, SecretCause::crashed, false},
      {"hangs, perhaps in a prompt", ProgramFate::timed_out, false, SecretCause::hangs, true},
      {"hangs without one", ProgramFate::timed_out, true, SecretCause::hangs, false},
      {"too much", ProgramFate::too_much, false, SecretCause::too_large, false},
      {"cancelled", ProgramFate::cancelled, false, SecretCause::cancelled, false},
      {"absent", ProgramFate::absent, false, SecretCause::not_installed, false},
      {"not started", ProgramFate::not_started, false, SecretCause::no_resources, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ProgramReport report;
    report.fate = c.fate;
    report.signal = 9;
    OpContext context;
    context.has_token = c.has_token;
    const auto failure = judge_op(report, "1Password is locked", context);
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->cause, c.cause);
    EXPECT_EQ(failure->may_have_prompted, c.may_have_prompted);
    EXPECT_EQ(judge_program(report, "/p")->cause, c.cause);
  }
}

TEST(OpText, AGoodEndIsNoFailure) {
  EXPECT_FALSE(judged("[WARN] whatever, 1Password is locked", {}, 0));
  EXPECT_FALSE(judge_program({}, "/p"));
}

TEST(OpText, QuotesOnlyWhatMayBeShown) {
  EXPECT_EQ(judged("secret words")->message, "op failed with exit code 1");
  EXPECT_EQ(judged("")->message, "op failed with exit code 1 and said nothing");
  OpContext context;
  context.quotable = "words";
  EXPECT_EQ(judged("secret words", context)->message, "op failed with exit code 1 (op: words)");
}

TEST(OpText, TableOfPrefixes) {
  const struct {
    const char* text;
    const char* message;
  } cases[] = {
      {"[ERROR] 2026/11/22 05:40:11 it failed\n", "it failed"},
      {"[ERROR] it failed\nand more", "it failed"},
      {"it failed\r\n", "it failed"},
      {"", ""},
      {"[ERROR] 2026/11/22 05:40:11 (429) x", "(429) x"},
  };
  for (const auto& c : cases) EXPECT_EQ(op_message(c.text), c.message);
}

}  // namespace
}  // namespace chela::services
