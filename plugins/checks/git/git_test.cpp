// check.git against a host that plays git: the fixture folders, and what goes over the door.
#include <chela/testing/fixtures.h>

namespace check_git {
namespace {

namespace json = chela::json;
using namespace std::string_literals;
using chela::testing::FakeHost;
using chela::testing::OpenedPlugin;

constexpr const char* kFolder = "/home/ana/ws";

TEST(GitFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_check_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 50);
}

// A host with a clean repository whose git status prints `status`.
void show_repository(FakeHost& host, const std::string& status) {
  host.put_file(std::string(kFolder) + "/.git/HEAD", "ref: refs/heads/main\n");
  const auto answer = [&](const char* word, std::string out) {
    chela::ExecReply reply;
    reply.exit_code = 0;
    reply.out = std::move(out);
    host.programs.push_back({{word}, reply, std::nullopt});
  };
  answer("rev-parse", std::string("false\ntrue\n\n") + kFolder + "/.git\n.git\n");
  answer("status", status);
  answer("remote", "");
}

chela::Result<json::value> run(FakeHost& host) {
  auto plugin = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host,
                                   json::object{{"path", kFolder}});
  if (!plugin) return chela::fail(plugin.error());
  return (*plugin)->call("run", json::object{});
}

TEST(Git, IsAskedWithHarmlessFlagsAndAnEnvironmentOfItsOwn) {
  FakeHost host;
  show_repository(host, "# branch.oid " + std::string(40, 'a') + "\0# branch.head main\0"s);
  ASSERT_TRUE(run(host).has_value());
  ASSERT_EQ(host.exec_requests.size(), 3u);
  for (const auto& request : host.exec_requests) {
    const auto argv = chela::get_strings(request, "argv");
    SCOPED_TRACE(json::serialize(request));
    EXPECT_EQ(argv.at(0), "git");
    EXPECT_EQ(chela::get_string(request, "cwd"), kFolder);
    for (const char* word : {"--no-optional-locks", "core.fsmonitor=false",
                             "core.hooksPath=/dev/null", "--no-pager"}) {
      EXPECT_NE(std::find(argv.begin(), argv.end(), word), argv.end()) << word;
    }
    for (const char* word : {"fetch", "pull", "push", "--exec-path"}) {
      EXPECT_EQ(std::find(argv.begin(), argv.end(), word), argv.end()) << word;
    }
    const struct {
      const char *name, *value;
    } wanted[] = {{"GIT_OPTIONAL_LOCKS", "0"},
                  {"LC_ALL", "C"},
                  {"GIT_TERMINAL_PROMPT", "0"},
                  {"GIT_CONFIG_COUNT", "1"},
                  {"GIT_CONFIG_KEY_0", "safe.directory"},
                  {"GIT_CONFIG_VALUE_0", kFolder},
                  {"GIT_CEILING_DIRECTORIES", "/home/ana"}};
    for (const auto& variable : wanted) {
      EXPECT_EQ(chela::get_string(request.at("env"), variable.name), variable.value)
          << variable.name;
    }
  }
}

TEST(Git, KeepsInvalidUtf8OutOfTheReport) {
  FakeHost host;
  show_repository(host,
                  "# branch.oid " + std::string(40, 'a') + "\0# branch.head \xff\0? \xfe\xff\0"s);
  const auto report = run(host);  // parsed back by the test, which refuses invalid UTF-8
  ASSERT_TRUE(report.has_value()) << report.error().message;
  EXPECT_EQ(chela::get_string(*report, "summary"), "\xEF\xBF\xBD: 1 changed file, newest 0 ms ago");
}

TEST(Git, KeepsInvalidUtf8OutOfAnError) {
  FakeHost host;
  show_repository(host, "\xff\xfe\n");
  const auto report = run(host);
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, chela::ErrorCode::data_loss);
  EXPECT_TRUE(chela::is_utf8(report.error().message));
}

}  // namespace
}  // namespace check_git
