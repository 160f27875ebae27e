// The plugin through its door with a program that fails in every way.
#include <gtest/gtest.h>

#include "failing_program.h"

namespace chela::testing {
namespace {

TEST(RemindctlPlugin, GivesEachFailureItsCodeAndTheProgramsWords) {
  exec_json::expect_failures(
      CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, {},
      {
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
      });
}

TEST(RemindctlPlugin, GivesEachErrorTextItsCode) {
  const struct {
    const char* text;
    ErrorCode code;
  } cases[] = {
      {"Reminder not found: \"4A83\".", ErrorCode::not_found},
      {"Identifier \"4A83\" matches multiple reminders: 4A83D1C2, 4A83D1C3.",
       ErrorCode::failed_precondition},
      {"List \"Agent Queue\" matches multiple lists: Agent Queue (7A12), Agent Queue (7A13).",
       ErrorCode::failed_precondition},
      {"Invalid identifier: \"4A8\".", ErrorCode::invalid_argument},
      {"Invalid date: \"soon\".", ErrorCode::invalid_argument},
      {"Invalid priority: \"5\" (use none|low|medium|high)", ErrorCode::invalid_argument},
      {"No changes specified", ErrorCode::invalid_argument},
      {"Missing title. Provide it as an argument or via --title.", ErrorCode::invalid_argument},
      {"Missing value for option title", ErrorCode::invalid_argument},
      {"Use either --list or --list-id, not both", ErrorCode::invalid_argument},
      {"Unknown filter: \"later\"", ErrorCode::invalid_argument},
      {"Unknown option --list-id", ErrorCode::failed_precondition},
      {"Reminders access denied. Run `remindctl authorize` to trigger the prompt",
       ErrorCode::permission_denied},
      {"Reminders access is write-only. Switch to Full Access", ErrorCode::permission_denied},
      {"zsh: command not found: remindctl", ErrorCode::failed_precondition},
      {"Reminder is missing a calendar", ErrorCode::unavailable},
      // Looked for anew once, and still gone.
      {"List not found: \"7A12\".", ErrorCode::aborted},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    FakeHost host;
    host.programs = {
        {{"--version"}, {.exit_code = 0, .out = "0.3.3\n"}, {}},
        {{"status"},
         {.exit_code = 0, .out = R"({"authorized" : true, "status" : "full-access"})"},
         {}},
        {{"list", "--json"},
         {.exit_code = 0,
          .out = R"([{"id" : "AAAA", "title" : "Agent Queue"}, {"id" : "BBBB", "title" : )"
                 R"("Agent In Progress"}, {"id" : "CCCC", "title" : "Agent Blocked"}])"},
         {}},
        {{"show"}, {.exit_code = 1, .err = std::string(c.text) + "\n"}, {}}};
    auto plugin = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host, json::object());
    ASSERT_TRUE(plugin) << plugin.error().message;
    const auto reply = (*plugin)->call("list", json::object());
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, c.code) << reply.error().message;
    EXPECT_NE(reply.error().message.find(std::string("remindctl said: ") + c.text),
              std::string::npos)
        << reply.error().message;
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
