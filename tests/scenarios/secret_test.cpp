// The story of somebody who asks why a secret cannot be read, and never sees it.
#include <sys/stat.h>

#include "support/chela_program.h"

namespace chela::test {
namespace {

constexpr const char* kCanary = "canary-7f3a9c2e51d08b64";

class SecretTest : public ::testing::Test {
 protected:
  SecretTest() { desk_.env["PATH"] = fs::path(CHELA_FAKE_OP).parent_path().string(); }

  // Without a workspace, a manifest or an openclaw.json.
  Outcome test(std::vector<std::string> words) const {
    words.insert(words.begin(), {"secret", "test"});
    const auto outcome = Desk::finish(desk_.start(std::move(words)));
    EXPECT_EQ((outcome.out + outcome.err).find("canary"), std::string::npos)
        << outcome.out << outcome.err;
    return outcome;
  }
  json::value test_json(const std::string& reference) const {
    const auto outcome = test({reference, "--json"});
    EXPECT_EQ(outcome.err, "");
    const auto document = parse_json(outcome.out);
    EXPECT_TRUE(document) << outcome.out;
    return document ? *document : json::value();
  }
  std::string file(const std::string& name, const std::string& text, mode_t mode = 0600) const {
    spill(desk_.home() / name, text);
    ::chmod((desk_.home() / name).c_str(), mode);
    return (desk_.home() / name).string();
  }
  Desk desk_;
};

TEST_F(SecretTest, SaysHowLongAValueIsAndNoMore) {
  const auto path = file("key", std::string(kCanary) + "\n");
  const auto outcome = test({"file:~/key"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "file:" + path +
                             " (file)\n"
                             "  ok    open the file: " +
                             path +
                             ", mode 0600\n"
                             "  ok    read the file: 24 bytes\n"
                             "ok: a value of 23 bytes\n");
  EXPECT_EQ(outcome.err, "");
}

TEST_F(SecretTest, TableOfExitCodes) {
  desk_.env["GOOD"] = kCanary;
  const auto loose = "file:" + file("loose", kCanary, 0644);
  const struct {
    const char* name;
    std::string reference;
    int exit_code;
    const char* out;
    const char* err;
  } cases[] = {
      {"a variable", "env:GOOD", 0, "ok: a value of 23 bytes", ""},
      {"not set", "env:OTHER", 3, "config: not_found", "OTHER is not set"},
      {"loose", loose, 3, "FAIL  open the file: ", "mode 0644, wanted 0600; chmod 600"},
      {"1Password", "op://V/fine/f", 0, "ok    sign in: as the user of this machine", ""},
      {"locked", "op://V/locked/f", 3, "needs_human: locked", "1Password is locked"},
      {"signed out", "op://V/signed-out/f", 3, "needs_human: not_signed_in", "op signin"},
      {"crashed", "op://V/crash/f", 1, "unavailable: crashed", "SIGSEGV"},
      {"what op says, redacted", "op://V/unknown/f", 1, "unavailable: failed", "moon"},
      {"no reference", kCanary, 2, "", "op://vault/item/field"},
      {"a key", "sk-ant-canary-7f3a9c2e51d08b64", 2, "", "file of mode 0600"},
      {"no credentials", "cred:key", 3, "config: not_found", "LoadCredential=key"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto outcome = test({c.reference});
    EXPECT_EQ(outcome.exit_code, c.exit_code) << outcome.out << outcome.err;
    EXPECT_NE(outcome.out.find(c.out), std::string::npos) << outcome.out;
    EXPECT_NE(outcome.err.find(c.err), std::string::npos) << outcome.err;
  }
}

TEST_F(SecretTest, IsOneJsonDocument) {
  const auto good = test_json("op://V/fine/f");
  EXPECT_EQ(get_string(good, "state"), "ok");
  EXPECT_EQ(get_int(good, "bytes"), 23);
  const auto bad = test_json("op://V/locked/f");
  EXPECT_EQ(get_string(bad, "reference"), "op://V/locked/f");
  EXPECT_EQ(get_string(bad, "state"), "needs_human");
  EXPECT_EQ(get_string(bad, "cause"), "locked");
  EXPECT_EQ(get_string(bad, "step"), "op read");
  EXPECT_FALSE(get_string(bad, "remedy").empty());
  const auto none = test_json(kCanary);
  EXPECT_EQ(get_string(none, "cause"), "bad_reference");
  EXPECT_EQ(test({"op://V/locked/f", "--json"}).exit_code, 3);
}

TEST_F(SecretTest, FindsTheTokensOfChelaAndOfOpenClaw) {
  file(".openclaw/credentials/onepassword/service-account-token", "ops_openclaw");
  EXPECT_NE(test({"op://V/fine/f"}).out.find("token of " + desk_.home().string() + "/.openclaw"),
            std::string::npos);
  spill(desk_.chela_home() / "op-token", "ops_chela");
  ::chmod((desk_.chela_home() / "op-token").c_str(), 0600);
  EXPECT_NE(test({"op://V/fine/f"}).out.find("token of " + desk_.chela_home().string()),
            std::string::npos);
  EXPECT_NE(slurp(desk_.home() / "op-seen").find("ops_chela"), std::string::npos);
  ::chmod((desk_.chela_home() / "op-token").c_str(), 0640);
  const auto outcome = test({"op://V/fine/f"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_NE(outcome.err.find("the service-account token: "), std::string::npos) << outcome.err;
}

TEST_F(SecretTest, WaitsNoLongerThanItIsTold) {
  const auto outcome = test({"op://V/hang/f", "--timeout", "200ms"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.err.find("op gave no answer within 200 ms"), std::string::npos) << outcome.err;
  for (const char* bad : {"0s", "11m", "soon"})
    EXPECT_EQ(test({"env:A", "--timeout", bad}).exit_code, 2) << bad;
}

TEST_F(SecretTest, SaysThatOpIsNotInstalled) {
  desk_.env["PATH"] = "/nowhere";
  const auto outcome = test({"op://V/fine/f"});
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.err.find("op is not installed"), std::string::npos) << outcome.err;
}

TEST_F(SecretTest, WorksBesideABrokenConfiguration) {
  spill(desk_.chela_home() / "manifests/host.yaml", "][");
  desk_.env["KEY"] = kCanary;
  EXPECT_EQ(test({"env:KEY"}).exit_code, 0);
}

TEST_F(SecretTest, IsHelpedAndCompleted) {
  EXPECT_EQ(Desk::finish(desk_.start({"complete", "--", "secr"})).out, "secret\n");
  EXPECT_EQ(Desk::finish(desk_.start({"complete", "--", "secret", ""})).out, "login\ntest\n");
  EXPECT_EQ(Desk::finish(desk_.start({"complete", "--", "secret", "test", "--ti"})).out,
            "--timeout\n");
  const auto help = Desk::finish(desk_.start({"secret", "test", "--help"}));
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_NE(help.out.find("its value is never shown"), std::string::npos);
}

}  // namespace
}  // namespace chela::test
