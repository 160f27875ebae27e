// The plugin through its door with a program that fails in every way.
#include <gtest/gtest.h>

#include "chela/testing/fixtures.h"

namespace chela::testing {
namespace {

TEST(RemindctlPlugin, GivesEachFailureItsCodeAndTheProgramsWords) {
  const struct {
    const char* name;
    json::object config;
    FakeHost::Program program;
    ErrorCode code;
    const char* says;
  } cases[] = {
      {"program missing",
       {},
       {{}, {}, Error{ErrorCode::not_found, "no such program"}},
       ErrorCode::failed_precondition,
       "could not be started"},
      {"not granted",
       {},
       {{}, {}, Error{ErrorCode::permission_denied, "allow.exec"}},
       ErrorCode::permission_denied,
       "allow.exec"},
      {"timeout",
       {},
       {{}, {.signal = 9, .timed_out = true}, {}},
       ErrorCode::deadline_exceeded,
       "timeout"},
      {"cut off",
       {},
       {{}, {.exit_code = 0, .is_truncated = true, .out = "["}, {}},
       ErrorCode::resource_exhausted,
       "bytes"},
      {"garbage",
       {},
       {{}, {.exit_code = 0, .out = "Welcome to mac\n"}, {}},
       ErrorCode::failed_precondition,
       "found 'Welcome to mac'"},
      {"a shell's words",
       {},
       {{}, {.exit_code = 127, .err = "zsh: command not found: remindctl"}, {}},
       ErrorCode::failed_precondition,
       "command not found"},
      {"no way there",
       {{"command", {"ssh", "mac.local", "remindctl"}}},
       {{}, {.exit_code = 255, .err = "ssh: No route to host"}, {}},
       ErrorCode::unavailable,
       "No route to host"},
      {"version, then nothing",
       {},
       {{}, {.exit_code = 0, .out = "0.3.3\n"}, {}},
       ErrorCode::data_loss,
       "remindctl status"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    FakeHost host;
    host.programs = {c.program};
    auto plugin = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host, c.config);
    ASSERT_TRUE(plugin) << plugin.error().message;
    const auto reply = (*plugin)->call("list", json::object());
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, c.code) << reply.error().message;
    EXPECT_NE(reply.error().message.find(c.says), std::string::npos) << reply.error().message;
  }
}

TEST(RemindctlPlugin, QuotesItsWordsOnlyForSsh) {
  for (const bool is_remote : {true, false}) {
    FakeHost host;
    host.programs = {{{}, {.exit_code = 0, .out = "0.3.3\n"}, {}}};
    json::object config;
    if (is_remote) config["command"] = {"ssh", "mac.local", "remindctl"};
    auto plugin = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host, config);
    ASSERT_TRUE(plugin);
    EXPECT_FALSE((*plugin)->call("list", json::object()));
    EXPECT_EQ(get_strings(host.exec_requests.at(0), "argv").back(),
              is_remote ? "'--version'" : "--version");
  }
}

}  // namespace
}  // namespace chela::testing
