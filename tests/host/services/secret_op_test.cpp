// 1Password and other programs that print secrets, with a stand-in for `op`: every way to fail, and
// nothing of them is left.
#include "services/secret_op.h"

#include <fcntl.h>

#include "secrets_support.h"

namespace chela::services {
namespace {

namespace fs = std::filesystem;

TEST(SecretOp, TableOfWhatOpDoes) {
  const struct {
    const char* mode;
    SecretCause cause;
    ErrorCode code;
    const char* says;
  } cases[] = {
      {"signed-out", SecretCause::not_signed_in, ErrorCode::failed_precondition, "signed in"},
      {"not-signed-in", SecretCause::not_signed_in, ErrorCode::failed_precondition, "signed in"},
      {"session-over", SecretCause::not_signed_in, ErrorCode::failed_precondition,
       "session has ended"},
      {"locked", SecretCause::locked, ErrorCode::failed_precondition, "1Password is locked"},
      {"dismissed", SecretCause::dismissed, ErrorCode::failed_precondition, "dismissed"},
      {"prompt-timeout", SecretCause::prompt_timeout, ErrorCode::failed_precondition, "in time"},
      {"no-app", SecretCause::app_unreachable, ErrorCode::failed_precondition, "1Password app"},
      {"no-account", SecretCause::no_account, ErrorCode::failed_precondition, "no account"},
      {"no-item", SecretCause::not_found, ErrorCode::not_found, "no such vault, item or field"},
      {"no-vault", SecretCause::not_found, ErrorCode::not_found, "no such vault, item or field"},
      {"no-field", SecretCause::not_found, ErrorCode::not_found, "no such vault, item or field"},
      {"too-many", SecretCause::too_many_requests, ErrorCode::resource_exhausted, "too many"},
      {"bad-token", SecretCause::bad_token, ErrorCode::permission_denied, "token"},
      {"no-network", SecretCause::no_network, ErrorCode::unavailable, "servers"},
      {"unknown", SecretCause::failed, ErrorCode::unavailable, "the moon is in the wrong house"},
      {"silent", SecretCause::failed, ErrorCode::unavailable, "exit code 1 and said nothing"},
      {"odd-exit", SecretCause::failed, ErrorCode::unavailable, "exit code 7"},
      {"crash", SecretCause::crashed, ErrorCode::unavailable, "SIGSEGV"},
      {"flood", SecretCause::too_large, ErrorCode::invalid_argument, "more than 64 KiB"},
      {"error-flood", SecretCause::failed, ErrorCode::unavailable, "the sky falls"},
      {"garbage", SecretCause::not_text, ErrorCode::invalid_argument, "no text"},
      {"nothing", SecretCause::empty, ErrorCode::not_found, "empty"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.mode);
    OpDesk desk;
    const HandClock clock;
    Secrets secrets(desk.settings(), clock);
    Asking asking;
    const auto outcome = asking.answer(secrets, "op://V/" + std::string(c.mode) + "/f");
    ASSERT_TRUE(outcome.failure);
    EXPECT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.failure->cause, c.cause) << name_of(outcome.failure->cause);
    const Error error = to_error("op://V/I/f", *outcome.failure);
    EXPECT_EQ(error.code, c.code);
    EXPECT_NE(error.message.find(c.says), std::string::npos) << error.message;
    EXPECT_EQ(shown(outcome).find(kCanary), std::string::npos);
    EXPECT_EQ(desk.runs(), 1u);
  }
}

TEST(SecretOp, TableOfGoodAnswers) {
  for (const char* mode : {"fine", "slow", "newline", "child-stays", "daemon-stays"}) {
    SCOPED_TRACE(mode);
    OpDesk desk;
    const HandClock clock;
    Secrets secrets(desk.settings(), clock);
    Asking asking;
    const auto outcome = asking.answer(secrets, "op://V/" + std::string(mode) + "/f");
    ASSERT_TRUE(outcome.ok()) << shown(outcome);
    EXPECT_EQ(outcome.value->view(), kCanary);
    EXPECT_EQ(shown(outcome).find("canary"), std::string::npos);
    ASSERT_EQ(desk.told.size(), 1u);
    EXPECT_EQ(desk.told[0].second, kCanary);
    if (std::string_view(mode) == "daemon-stays") {
      // It is not ours to end: op's own daemon serves later calls.
      for (const auto& pid : desk.lines("op-pids")) ::kill(std::atoi(pid.c_str()), SIGKILL);
    }
    EXPECT_EQ(desk.left_over(), 0u);
  }
}

TEST(SecretOp, EndsAHangWithEverythingThatItStarted) {
  for (const char* mode : {"hang", "hang-with-child"}) {
    SCOPED_TRACE(mode);
    OpDesk desk;
    desk.timeout = Duration(300);
    const HandClock clock;
    Secrets secrets(desk.settings(), clock);
    Asking asking;
    const auto outcome = asking.answer(secrets, "op://V/" + std::string(mode) + "/f");
    ASSERT_TRUE(outcome.failure);
    EXPECT_EQ(outcome.failure->cause, SecretCause::hangs);
    EXPECT_NE(outcome.failure->message.find("within 300 ms"), std::string::npos);
    EXPECT_TRUE(outcome.failure->may_have_prompted);
    EXPECT_EQ(desk.left_over(), 0u);
  }
}

TEST(SecretOp, NeedsNoTerminalLeavesNoCoreAndGivesACleanEnvironment) {
  OpDesk desk;
  desk.env["OP_ACCOUNT"] = "my.1password.com";
  desk.env["XDG_RUNTIME_DIR"] = "/run/user/1000";
  desk.env["OPENAI_API_KEY"] = "sk-other-secret";
  desk.env["LD_PRELOAD"] = "/evil.so";
  const HandClock clock;
  Secrets secrets(desk.settings(), clock);
  Asking asking;
  ASSERT_TRUE(asking.answer(secrets, "op://V/fine/f").ok());
  for (const char* line :
       {"argv op", "argv read", "argv --no-newline", "argv op://V/fine/f", "core 1", "session own",
        "stdin /dev/null", "terminal none", "env OP_ACCOUNT=my.1password.com",
        "env XDG_RUNTIME_DIR=/run/user/1000"}) {
    EXPECT_TRUE(desk.saw(line)) << line;
  }
  for (const auto& line : desk.lines("op-seen")) {
    if (!line.starts_with("env ")) continue;
    const auto name = line.substr(4, line.find('=') - 4);
    EXPECT_TRUE(name == "HOME" || name == "PATH" || name == "XDG_RUNTIME_DIR" ||
                name == "OP_ACCOUNT")
        << name;
  }
}

TEST(SecretOp, IsNotInstalled) {
  OpDesk desk;
  desk.env["PATH"] = desk.path("bin") + ":/nowhere";
  const HandClock clock;
  Secrets secrets(desk.settings(), clock);
  Asking asking;
  const auto outcome = asking.answer(secrets, "op://V/fine/f");
  ASSERT_TRUE(outcome.failure);
  EXPECT_EQ(outcome.failure->cause, SecretCause::not_installed);
  EXPECT_EQ(outcome.failure->message, "op is not installed (not in PATH)");

  // Once it is, the next try finds it.
  fs::create_directory(desk.path("bin"));
  fs::create_symlink(CHELA_FAKE_OP, desk.path("bin/op"));
  secrets.retry_now();
  EXPECT_TRUE(asking.answer(secrets, "op://V/fine/f").ok());
}

TEST(SecretOp, AnOpThatOthersMayWriteGetsNoToken) {
  OpDesk desk;
  fs::create_directory(desk.path("bin"));
  fs::copy_file(CHELA_FAKE_OP, desk.path("bin/op"));
  ::chmod(desk.path("bin/op").c_str(), 0777);
  desk.env["PATH"] = desk.path("bin");
  const HandClock clock;
  Secrets secrets(desk.settings(), clock);
  Asking asking;
  const auto outcome = asking.answer(secrets, "op://V/fine/f");
  ASSERT_TRUE(outcome.failure);
  EXPECT_EQ(outcome.failure->cause, SecretCause::unsafe_file);
  EXPECT_EQ(desk.runs(), 0u);
}

TEST(SecretOp, TableOfTokens) {
  const struct {
    const char* name;
    std::function<void(OpDesk&)> prepare;
    SecretCause cause;
    const char* token;  // what op gets; "" = none
    const char* says;   // in the steps or the failure
  } cases[] = {
      {"none", [](OpDesk&) {}, SecretCause::none, "", "no service-account token found"},
      {"a file", [](OpDesk& d) { d.file("op-token", "ops_file\n"); }, SecretCause::none, "ops_file",
       "op-token"},
      {"the second file", [](OpDesk& d) { d.file("other-token", "ops_second"); }, SecretCause::none,
       "ops_second", "other-token"},
      {"a variable",
       [](OpDesk& d) {
         d.env["OP_SERVICE_ACCOUNT_TOKEN"] = "ops_env";
         d.file("op-token", "ops_file");
       },
       SecretCause::none, "ops_env", "the variable OP_SERVICE_ACCOUNT_TOKEN"},
      {"systemd's credential",
       [](OpDesk& d) {
         d.file("creds/op-service-account-token", "ops_cred", 0440);
         d.env["CREDENTIALS_DIRECTORY"] = d.path("creds");
         d.file("op-token", "ops_file");
       },
       SecretCause::none, "ops_cred", "the credential op-service-account-token"},
      {"credentials without it",
       [](OpDesk& d) {
         d.file("creds/other", "x", 0440);
         d.env["CREDENTIALS_DIRECTORY"] = d.path("creds");
         d.file("op-token", "ops_file");
       },
       SecretCause::none, "ops_file", "op-token"},
      {"a file for all to read", [](OpDesk& d) { d.file("op-token", "ops_file", 0644); },
       SecretCause::unsafe_file, "", "mode 0644, wanted 0600"},
      {"no token in it", [](OpDesk& d) { d.file("op-token", "canary-7f3a9c2e51d08b64"); },
       SecretCause::bad_token, "", "begin with ops_"},
      {"Connect",
       [](OpDesk& d) {
         d.env["OP_CONNECT_HOST"] = "http://127.0.0.1:1";
         d.env["OP_CONNECT_TOKEN"] = "connect";
         d.file("op-token", "ops_file");
       },
       SecretCause::none, "", "1Password Connect"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    OpDesk desk;
    c.prepare(desk);
    const HandClock clock;
    Secrets secrets(desk.settings(), clock);
    Asking asking;
    const auto outcome = asking.answer(secrets, "op://V/fine/f");
    EXPECT_EQ(outcome.ok(), c.cause == SecretCause::none) << shown(outcome);
    EXPECT_NE(shown(outcome).find(c.says), std::string::npos) << shown(outcome);
    EXPECT_EQ(shown(outcome).find("canary"), std::string::npos);
    EXPECT_EQ(shown(outcome).find("ops_file"), std::string::npos);
    const bool has_token = *c.token != '\0';
    EXPECT_EQ(desk.saw(std::string("env OP_SERVICE_ACCOUNT_TOKEN=") + c.token), has_token);
    EXPECT_EQ(desk.saw("env OP_LOAD_DESKTOP_APP_SETTINGS=false"), has_token);
    if (c.cause != SecretCause::none) {
      EXPECT_EQ(outcome.failure->cause, c.cause);
      EXPECT_EQ(desk.runs(), 0u) << "nobody is prompted instead";
    }
    if (has_token) {
      ASSERT_EQ(desk.told.size(), 2u);
      EXPECT_EQ(desk.told[0], std::pair(std::string("op service account"), std::string(c.token)));
    }
  }
}

TEST(SecretOp, AHangWithATokenIsNoPrompt) {
  OpDesk desk;
  desk.timeout = Duration(200);
  desk.file("op-token", "ops_file");
  const HandClock clock;
  Secrets secrets(desk.settings(), clock);
  Asking asking;
  const auto outcome = asking.answer(secrets, "op://V/hang/f");
  ASSERT_TRUE(outcome.failure);
  EXPECT_EQ(outcome.failure->cause, SecretCause::hangs);
  EXPECT_FALSE(outcome.failure->may_have_prompted);
}

TEST(SecretOp, DoesNotRepeatWhatStandsInBothOutputs) {
  OpDesk desk;
  auto settings = desk.settings();
  settings.programs.redact = {};
  const HandClock clock;
  Secrets secrets(std::move(settings), clock);
  Asking asking;
  const auto outcome = asking.answer(secrets, "op://V/tells-it/f");
  ASSERT_TRUE(outcome.failure);
  EXPECT_EQ(shown(outcome).find("canary"), std::string::npos) << shown(outcome);
}

TEST(SecretExec, TableOfPrograms) {
  OpDesk desk;
  const auto script = [&](const std::string& name, const std::string& text, mode_t mode = 0700) {
    return desk.file(name, "#!/bin/sh\n" + text, mode);
  };
  const auto good = script("good", "printf '%s' \"$1$2\"\n");
  fs::create_symlink(good, desk.path("link"));
  const struct {
    const char* name;
    std::string reference;
    SecretCause cause;
    const char* says;  // the value where it is well
  } cases[] = {
      {"arguments without a shell", "exec:" + good + " '$HOME ' b", SecretCause::none, "$HOME b"},
      {"a link", "exec:" + desk.path("link"), SecretCause::unsafe_file, "symbolic link"},
      {"others may write it", "exec:" + script("loose", "echo x\n", 0777), SecretCause::unsafe_file,
       "others may write"},
      {"not executable", "exec:" + script("plain", "echo x\n", 0600), SecretCause::unsafe_file,
       "not executable"},
      {"a folder", "exec:" + desk.path(""), SecretCause::unsafe_file, "folder"},
      {"absent", "exec:" + desk.path("none"), SecretCause::not_installed, "there is no"},
      {"fails", "exec:" + script("fails", "echo canary-7f3a9c2e51d08b64 >&2; exit 3\n"),
       SecretCause::failed, "exit code 3"},
      {"prints nothing", "exec:" + script("mute", "exit 0\n"), SecretCause::empty, "empty"},
      {"crashes", "exec:" + script("crash", "kill -9 $$\n"), SecretCause::crashed, "SIGKILL"},
      {"no program at all", "exec:" + desk.file("broken", "\x01\x02", 0700),
       SecretCause::no_resources, "could not be started"},
      {"reads no input", "exec:" + script("reads", "read x; echo \"got$x\"\n"), SecretCause::none,
       "got"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const HandClock clock;
    Secrets secrets(desk.settings(), clock);
    Asking asking;
    const auto outcome = asking.answer(secrets, c.reference);
    EXPECT_EQ(shown(outcome).find("canary"), std::string::npos) << shown(outcome);
    if (c.cause == SecretCause::none) {
      ASSERT_TRUE(outcome.ok()) << shown(outcome);
      EXPECT_EQ(outcome.value->view(), c.says);
      continue;
    }
    ASSERT_TRUE(outcome.failure);
    EXPECT_EQ(outcome.failure->cause, c.cause) << shown(outcome);
    EXPECT_NE(outcome.failure->message.find(c.says), std::string::npos) << shown(outcome);
  }
}

TEST(SecretExec, SeesNoSecretOfOthers) {
  OpDesk desk;
  desk.env["OP_SERVICE_ACCOUNT_TOKEN"] = "ops_canary-7f3a9c2e51d08b64";
  desk.env["OPENAI_API_KEY"] = kCanary;
  const HandClock clock;
  Secrets secrets(desk.settings(), clock);
  Asking asking;
  ASSERT_TRUE(asking.answer(secrets, "op://V/fine/f").ok());
  ASSERT_TRUE(asking.answer(secrets, "env:OPENAI_API_KEY").ok());
  const auto looks = desk.file(
      "looks", "#!/bin/sh\n/bin/cat /proc/$$/environ /proc/$$/cmdline | /usr/bin/tr '\\0' '\\n'\n",
      0700);
  const auto outcome = asking.answer(secrets, "exec:" + looks);
  ASSERT_TRUE(outcome.ok()) << shown(outcome);
  EXPECT_NE(outcome.value->view().find("HOME="), std::string_view::npos);
  EXPECT_EQ(outcome.value->view().find("canary"), std::string_view::npos);
  EXPECT_EQ(outcome.value->view().find("OP_"), std::string_view::npos);
}

}  // namespace
}  // namespace chela::services
