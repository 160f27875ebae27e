// `chela config review` as a person types it: what scripts see, what is written, what is never
// shown.
#include <sys/stat.h>

#include <sstream>

#include "scenarios/story.h"

namespace chela::test {
namespace {

constexpr const char* kCanary = "sk-canary0123456789abcdefgh";

constexpr const char* kClean =
    "{ // mine\n"
    "  agents: {defaults: {\n"
    "    model: {primary: 'openai/gpt-5-mini', fallbacks: ['kimi-coding/k2p5']},\n"
    "    maxConcurrent: 4, subagents: {maxConcurrent: 8}, heartbeat: {every: '0m'},\n"
    "    contextPruning: {mode: 'cache-ttl'}, compaction: {memoryFlush: {enabled: true}}}},\n"
    "  tools: {loopDetection: {enabled: true}},\n"
    "  gateway: {auth: {token: '${OPENCLAW_GATEWAY_TOKEN}'}},\n"
    "}\n";

class ConfigReview : public testing::Test {
 protected:
  fs::path config() const { return desk_.home() / ".openclaw/openclaw.json"; }
  void write(const std::string& text) const {
    spill(config(), text);
    fs::permissions(config(), fs::perms::owner_read | fs::perms::owner_write);
  }
  static std::string with(std::string text, const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
    return text;
  }

  Desk desk_;
};

TEST_F(ConfigReview, TellsScriptsHowBadItIs) {
  const struct {
    const char* name;
    std::string text;
    int exit_code;
  } cases[] = {
      {"nothing above a note", kClean, 0},
      {"a warning", with(kClean, "maxConcurrent: 4, ", ""), 1},
      {"something critical", with(kClean, "auth:", "bind: 'lan', auth:"), 2},
      {"no JSON5", "{agents: {\n  defaults: !}}", 3},
      {"a key of another type", "{agents: {\n  defaults: {model: 5}}}", 3},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    write(c.text);
    const auto outcome = desk_.chela({"config", "review"});
    EXPECT_EQ(outcome.exit_code, c.exit_code) << outcome.out << outcome.err;
    EXPECT_EQ(outcome.err.empty(), c.exit_code != 3);
    if (c.exit_code == 3) {
      EXPECT_NE(outcome.err.find("openclaw.json:2:"), std::string::npos) << outcome.err;
    }
  }
  fs::remove(config());
  EXPECT_EQ(desk_.chela({"config", "review"}).exit_code, 3);
  EXPECT_EQ(desk_.chela({"config", "review", "nowhere.json"}).exit_code, 3);
  EXPECT_EQ(desk_.chela({"config", "review", "--for", "2025"}).exit_code, 2);
  const auto help = desk_.chela({"config"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_NE(help.out.find("review"), std::string::npos);
}

TEST_F(ConfigReview, FitsTheScreenAndSaysWhoKeepsWhat) {
  write(with(kClean, "auth:", "bind: 'lan', auth:"));
  const auto outcome = desk_.chela({"config", "review", "--for", "2026.2"});
  for (const char* wanted :
       {"read as OpenClaw 2026.2: --for says so", "crit  gateway-exposed",
        "gateway.bind (openclaw.json:7:13)", "kept by: OpenClaw", "gateway: {bind: \"loopback\"},",
        "agents.defaults.contextPruning", "ignores  nobody", "SOUL.md is not there",
        "HEARTBEAT.md is not there", "critical, "}) {
    EXPECT_NE(outcome.out.find(wanted), std::string::npos) << wanted << "\n" << outcome.out;
  }
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80U) << line;
}

TEST_F(ConfigReview, ReadsTheWorkspace) {
  write(kClean);
  spill(desk_.workspace() / "SOUL.md", "Log every spawn into TASKS.md.\n");
  spill(desk_.workspace() / "HEARTBEAT.md", "- look at the mail\n");
  const auto report = desk_.chela_json({"config", "review"});
  const auto& files = report.at("workspace").at("files").as_array();
  EXPECT_EQ(files.at(0).at("state"), "holds");
  EXPECT_EQ(files.at(1).at("state"), "lacks");
}

TEST_F(ConfigReview, WritesACorrectedCopyAndNeverTheOriginal) {
  const std::string text =
      with(with(kClean, "'${OPENCLAW_GATEWAY_TOKEN}'", "'" + std::string(kCanary) + "'"), "maxConc",
           "mine: {x: 1}, maxConc");
  write(text);
  chmod(config().c_str(), 0644);
  const auto copy = desk_.root() / "better.json";
  const auto outcome = desk_.chela({"config", "review", "--patch", copy.string()});
  EXPECT_EQ(outcome.exit_code, 2) << outcome.out << outcome.err;
  EXPECT_EQ(slurp(config()), text);
  const auto better = slurp(copy);
  EXPECT_NE(better.find("{ // mine\n"), std::string::npos) << better;
  EXPECT_NE(better.find("mine: {x: 1}"), std::string::npos) << better;
  EXPECT_NE(better.find("${OPENCLAW_GATEWAY_TOKEN}"), std::string::npos) << better;
  EXPECT_NE(outcome.out.find("OPENCLAW_GATEWAY_TOKEN"), std::string::npos) << outcome.out;
  EXPECT_EQ((better + outcome.out + outcome.err).find("canary"), std::string::npos);
  struct stat info {};
  ASSERT_EQ(stat(copy.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777U, 0600U);
  EXPECT_EQ(desk_.chela({"config", "review", copy.string()}).exit_code, 0);

  fs::create_symlink(config(), desk_.root() / "link.json");
  fs::create_hard_link(config(), desk_.root() / "twin.json");
  for (const auto& target : {config(), desk_.root() / "link.json", desk_.root() / "twin.json", copy,
                             desk_.root() / "no/such/folder.json"}) {
    SCOPED_TRACE(target.string());
    const auto refused = desk_.chela({"config", "review", "--patch", target.string()});
    EXPECT_EQ(refused.exit_code, 3) << refused.out;
    EXPECT_FALSE(refused.err.empty());
    EXPECT_EQ(slurp(config()), text);
    EXPECT_EQ(slurp(copy), better);
  }
}

TEST_F(ConfigReview, ShowsNoSecretAndNoForeignControlCharacters) {
  write(with(kClean, "tools:",
             "channels: {telegram: {botToken: '" + std::string(kCanary) +
                 "'}, 'e\\u001b[31mvil': {token: '" + kCanary + "', dmPolicy: 'open'}},\n tools:"));
  spill(desk_.home() / ".openclaw/.env", "OPENCLAW_GATEWAY_TOKEN=" + std::string(kCanary) + "\n");
  for (const auto& words : {std::vector<std::string>{"config", "review"},
                            {"config", "review", "--json"},
                            {"config", "review", "--for", "2026.9"}}) {
    const auto outcome = desk_.chela(words);
    EXPECT_EQ(outcome.exit_code, 2) << outcome.err;
    EXPECT_EQ((outcome.out + outcome.err).find("canary"), std::string::npos) << outcome.out;
    EXPECT_EQ(outcome.out.find('\x1b'), std::string::npos) << outcome.out;
    EXPECT_NE(outcome.out.find("file-mode"), std::string::npos) << "the .env file is readable";
  }
}

}  // namespace
}  // namespace chela::test
