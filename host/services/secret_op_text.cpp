#include "services/secret_op_text.h"

#include <string.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <initializer_list>

#include "base/time.h"

namespace chela::services {
namespace {

constexpr const char* kStep = "op read";

// In small letters, without what stands in double quotes and without `reference`: items may have
// any name.
std::string words_of(std::string_view text, std::string_view reference) {
  std::string plain;
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!is_quoted && !reference.empty() && text.substr(i).starts_with(reference)) {
      i += reference.size() - 1;
      continue;
    }
    if (text[i] == '"') is_quoted = !is_quoted;
    if (!is_quoted) plain += static_cast<char>(std::tolower(static_cast<unsigned char>(text[i])));
  }
  return plain;
}

struct TextRule {
  SecretCause cause;
  std::initializer_list<const char*> any_of;
};

// The first row with one of its words in the text counts: what needs a person stands before what
// is wrong in the configuration, because op wraps the first into "could not read secret ..".
const TextRule kRules[] = {
    {SecretCause::too_many_requests,
     {"(429)", "429 too", "too many requests", "rate limit", "ratelimit"}},
    {SecretCause::no_account, {"no accounts configured", "no account configured"}},
    {SecretCause::dismissed,
     {"prompt dismissed", "authorization dismissed", "authorization denied"}},
    {SecretCause::prompt_timeout, {"authorization timeout", "authorization timed out"}},
    {SecretCause::app_unreachable,
     {"connecting to desktop app", "1password desktop app", "connect to the 1password app",
      "desktop app integration"}},
    {SecretCause::locked, {" locked", "could not unlock", "touch id", "unlock the"}},
    {SecretCause::not_signed_in,
     {"not currently signed in", "not signed in", "signed out", "session expired",
      "sign in to create a new session"}},
    {SecretCause::bad_token,
     {"(401)", "unauthorized", "signin credentials are not compatible", "invalid token",
      "token is invalid", "invalid service account token", "decodesacredentials",
      "token has been revoked", "token has expired", "token expired"}},
    {SecretCause::unreadable, {"(403)", "forbidden", "don't have permission", "not authorized"}},
    {SecretCause::bad_reference, {"invalid secret reference", "invalid character in secret"}},
    {SecretCause::not_found,
     {"isn't an item", "isn't a vault", "isn't a field", "isn't a section", "does not have a field",
      "more than one item", "no item found", "not found", "couldn't find", "could not find"}},
    {SecretCause::no_network,
     {"no such host", "dial tcp", "network is unreachable", "i/o timeout", "connection refused",
      "connection reset", "tls handshake", "x509", "can't reach", "temporary failure in name"}},
    {SecretCause::not_found, {"could not read secret"}},
};

SecretCause cause_of(const std::string& words) {
  for (const auto& rule : kRules) {
    const bool fits = std::any_of(rule.any_of.begin(), rule.any_of.end(), [&](const char* word) {
      return words.find(word) != std::string::npos;
    });
    if (fits) return rule.cause;
  }
  return SecretCause::failed;
}

// "Please retry in 58 minutes" -> 58 min.
std::optional<Duration> retry_after_of(const std::string& words) {
  constexpr std::string_view kMark = "retry in ";
  const auto at = words.find(kMark);
  if (at == std::string::npos) return std::nullopt;
  const std::string_view rest = std::string_view(words).substr(at + kMark.size());
  int count = 0;
  const auto number = std::from_chars(rest.data(), rest.data() + rest.size(), count);
  if (number.ec != std::errc() || count <= 0 || count > 24 * 3600) return std::nullopt;
  const auto unit = rest.substr(static_cast<std::size_t>(number.ptr - rest.data()));
  Duration span = std::chrono::seconds(count);
  if (unit.starts_with(" minute")) span = std::chrono::minutes(count);
  if (unit.starts_with(" hour")) span = std::chrono::hours(count);
  return std::min<Duration>(span, std::chrono::hours(24));
}

const char* message_of(SecretCause cause) {
  switch (cause) {
    case SecretCause::not_signed_in:
      return "nobody is signed in to 1Password here, or the session has ended";
    case SecretCause::no_account:
      return "op knows no account on this machine";
    case SecretCause::locked:
      return "1Password is locked";
    case SecretCause::dismissed:
      return "1Password's prompt was dismissed, or nobody answered it (op says the same for both)";
    case SecretCause::prompt_timeout:
      return "nobody answered 1Password's prompt in time";
    case SecretCause::app_unreachable:
      return "op does not reach the 1Password app";
    case SecretCause::too_many_requests:
      return "1Password has answered too many requests and asks to wait";
    case SecretCause::bad_token:
      return "1Password refuses the service-account token";
    case SecretCause::unreadable:
      return "1Password does not let this account read it";
    case SecretCause::bad_reference:
      return "op cannot read this reference";
    case SecretCause::not_found:
      return "1Password has no such vault, item or field, or more than one";
    case SecretCause::no_network:
      return "op does not reach 1Password's servers";
    default:
      return "op failed";
  }
}

std::string remedy_of(SecretCause cause, const OpContext& context) {
  switch (cause) {
    case SecretCause::not_signed_in:
      return "sign in (op signin), or give chela a service-account token";
    case SecretCause::no_account:
      return "add one (op account add), turn on the app's CLI integration, or give chela a "
             "service-account token";
    case SecretCause::locked:
      return "unlock 1Password (op signin)";
    case SecretCause::dismissed:
    case SecretCause::prompt_timeout:
      return "answer the prompt (op signin)";
    case SecretCause::app_unreachable:
      return "start the 1Password app and turn on Settings > Developer > Integrate with 1Password "
             "CLI";
    case SecretCause::too_many_requests:
      return context.has_token ? "see how much is left: op service-account ratelimit"
                               : "wait for a while";
    case SecretCause::bad_token:
      return context.has_token ? "issue a new one and put it into " + context.token_from
                               : "sign in again (op signin)";
    case SecretCause::unreadable:
      return context.has_token ? "let the service account read that vault"
                               : "share the vault with this account";
    case SecretCause::bad_reference:
      return "copy the reference from the 1Password app (Copy Secret Reference)";
    case SecretCause::not_found:
      return "compare the reference with 1Password; two items of one name are told apart by their "
             "ids";
    case SecretCause::no_network:
      return "look at the network";
    default:
      return "run it yourself to see what it says: op read --no-newline REFERENCE >/dev/null";
  }
}

std::string signal_name(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name == nullptr ? std::to_string(signal) : "SIG" + std::string(name);
}

// The fates that say enough by themselves; nothing where the program ended by itself.
std::optional<SecretFailure> judge_fate(const ProgramReport& report, const std::string& program,
                                        const std::string& step) {
  switch (report.fate) {
    case ProgramFate::exited:
      return std::nullopt;
    case ProgramFate::signalled:
      return SecretFailure{SecretCause::crashed, step,
                           program + " was ended by " + signal_name(report.signal),
                           "try again; if it stays so, install it anew"};
    case ProgramFate::timed_out:
      return SecretFailure{SecretCause::hangs, step,
                           program + " gave no answer within " +
                               base::describe_duration(report.timeout) + " and was ended",
                           "run it yourself to see what it waits for"};
    case ProgramFate::too_much:
      return SecretFailure{SecretCause::too_large, step,
                           program + " printed more than 64 KiB and was ended",
                           "a secret is shorter; ask for another field"};
    case ProgramFate::cancelled:
      return SecretFailure{SecretCause::cancelled, step, "the wait was cancelled", ""};
    case ProgramFate::absent:
      return SecretFailure{SecretCause::not_installed, step, program + " is not installed",
                           "install it, or name another program"};
    case ProgramFate::not_started:
      return SecretFailure{SecretCause::no_resources, step,
                           program + " could not be started: " + report.why_not_started,
                           "try again later"};
  }
  return std::nullopt;
}

}  // namespace

std::optional<SecretFailure> judge_op(const ProgramReport& report, std::string_view text,
                                      const OpContext& context) {
  if (auto failure = judge_fate(report, "op", kStep)) {
    if (failure->cause == SecretCause::hangs && !context.has_token) {
      failure->message += "; it hangs, or shows a prompt that nobody answers";
      failure->remedy = "answer the prompt (op signin), or give chela a service-account token";
      failure->may_have_prompted = true;
    }
    return failure;
  }
  if (report.exit_code == 0) return std::nullopt;
  std::string words = words_of(text, context.reference);
  SecretFailure failure;
  failure.cause = cause_of(words);
  failure.step = kStep;
  failure.message = message_of(failure.cause);
  failure.remedy = remedy_of(failure.cause, context);
  if (failure.cause == SecretCause::too_many_requests) failure.retry_after = retry_after_of(words);
  wipe(words);  // nobody knows what else op says
  failure.may_have_prompted =
      failure.cause == SecretCause::dismissed || failure.cause == SecretCause::prompt_timeout;
  if (failure.cause == SecretCause::failed) {
    failure.message += " with exit code " + std::to_string(report.exit_code);
    if (text.empty()) failure.message += " and said nothing";
  }
  if (!context.quotable.empty()) failure.message += " (op: " + context.quotable + ")";
  return failure;
}

std::optional<SecretFailure> judge_program(const ProgramReport& report,
                                           const std::string& program) {
  const std::string step = "run the program";
  if (auto failure = judge_fate(report, program, step)) return failure;
  if (report.exit_code == 0) return std::nullopt;
  // What it said is not repeated: nobody knows whether the secret is in it.
  return SecretFailure{SecretCause::failed, step,
                       program + " failed with exit code " + std::to_string(report.exit_code),
                       "run it yourself to see what it says"};
}

std::string unlock_command(SecretCause cause) {
  switch (cause) {
    case SecretCause::not_signed_in:
    case SecretCause::locked:
    case SecretCause::dismissed:
    case SecretCause::prompt_timeout:
      return "op signin";
    case SecretCause::no_account:
      return "op account add";
    case SecretCause::app_unreachable:
      return "1password";
    default:
      return "";
  }
}

std::string_view op_message(std::string_view text) {
  text = text.substr(0, text.find('\n'));
  while (text.ends_with('\r') || text.ends_with(' ')) text.remove_suffix(1);
  constexpr std::string_view kPrefix = "[ERROR] ";
  if (!text.starts_with(kPrefix)) return text;
  text.remove_prefix(kPrefix.size());
  while (!text.empty() && (std::isdigit(static_cast<unsigned char>(text.front())) != 0 ||
                           text.front() == '/' || text.front() == ':' || text.front() == ' ')) {
    text.remove_prefix(1);
  }
  return text;
}

}  // namespace chela::services
