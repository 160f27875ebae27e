// The plugin through its door with a program that fails in every way; the real one is in
// tests/backends.
#include <gtest/gtest.h>

#include "failing_program.h"

namespace chela::testing {
namespace {

class TaskwarriorPlugin : public ::testing::Test {
 protected:
  std::unique_ptr<OpenedPlugin> open(json::object config = {}) {
    if (!config.contains("data")) config["data"] = "/home/ada/.task";
    auto opened = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host, std::move(config));
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  FakeHost host;
};

TEST_F(TaskwarriorPlugin, AsksWithoutSettingsHooksQuestionsAndRenumbering) {
  host.programs.push_back({{"export"}, {.exit_code = 0, .out = "[\n]\n"}, {}});
  const auto reply = open()->call("list", json::object{{"states", {"queue"}}});
  ASSERT_TRUE(reply) << reply.error().message;
  ASSERT_EQ(host.exec_requests.size(), 1u);
  const auto argv = get_strings(host.exec_requests[0], "argv");
  for (const char* word : {"rc:/dev/null", "rc.data.location=/home/ada/.task", "rc.hooks=off",
                           "rc.confirmation=off", "rc.gc=off", "rc.recurrence=off",
                           "rc.exit.on.missing.db=on", "project:agent", "status:pending"}) {
    EXPECT_NE(std::find(argv.begin(), argv.end(), word), argv.end()) << word;
  }
  EXPECT_EQ(get_string(host.exec_requests[0], "cwd"), "/home/ada/.task");
}

TEST_F(TaskwarriorPlugin, PutsNoForeignIdIntoAFilter) {
  const auto plugin = open();
  for (const char* id : {"x or status:pending", "(", "+tag", "-h", "a:b", "1,2", "\xff"}) {
    const auto reply = plugin->call("get", json::object{{"id", replace_invalid_utf8(id)}});
    ASSERT_FALSE(reply) << id;
    EXPECT_EQ(reply.error().code, ErrorCode::not_found) << id;
  }
  EXPECT_TRUE(host.exec_requests.empty());
}

TEST_F(TaskwarriorPlugin, GivesEachFailureItsCodeAndTheProgramsWords) {
  const auto missing =
      Error{ErrorCode::not_found, "program 'task' is not in /usr/local/bin:/usr/bin:/bin"};
  exec_json::expect_failures(
      CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, {{"data", "/home/ada/.task"}},
      {
          {"refused config: project",
           {{"project", "a b"}},
           {},
           ErrorCode::invalid_argument,
           "project"},
          {"refused config: data", {{"data", "task"}}, {}, ErrorCode::invalid_argument, "absolute"},
          {"program missing",
           {},
           {{}, {}, missing},
           ErrorCode::failed_precondition,
           "could not be started"},
          {"denied",
           {},
           {{}, {}, Error{ErrorCode::permission_denied, "allow.exec"}},
           ErrorCode::permission_denied,
           "allow.exec"},
          {"no data folder",
           {},
           {{}, {.exit_code = 2, .err = "Error: rc.data.location does not exist - exiting.\n"}, {}},
           ErrorCode::failed_precondition,
           "/home/ada/.task is not there"},
          {"timeout",
           {},
           {{}, {.signal = 9, .timed_out = true}, {}},
           ErrorCode::deadline_exceeded,
           "timeout"},
          {"says something else",
           {},
           {{}, {.exit_code = 0, .out = "Configuration error\n"}, {}},
           ErrorCode::data_loss,
           "Configuration error"},
          {"half an answer",
           {},
           {{}, {.exit_code = 0, .out = "[\n{\"uuid\":\"11"}, {}},
           ErrorCode::data_loss,
           "no JSON"},
          {"cut off",
           {},
           {{}, {.exit_code = 0, .is_truncated = true, .out = "[\n"}, {}},
           ErrorCode::resource_exhausted,
           "8388608 bytes"},
          {"another program called task",
           {},
           {{}, {.exit_code = 0, .out = "{\"tasks\":[]}"}, {}},
           ErrorCode::data_loss,
           "wanted a list"},
      });
}

}  // namespace
}  // namespace chela::testing
