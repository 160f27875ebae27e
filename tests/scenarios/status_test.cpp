// The story of one look at how things are: 80 columns whatever is in it, the same as JSON, and a
// page that redraws itself.
#include <pty.h>

#include "scenarios/story.h"

namespace chela::test {
namespace {

// Columns of ASCII and the few signs that the page itself uses.
std::size_t columns(const std::string& line) {
  return static_cast<std::size_t>(std::count_if(line.begin(), line.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

class Status : public ::testing::Test {
 protected:
  void SetUp() override { desk_.without_builtins(); }
  std::string page() const {
    const auto outcome = desk_.chela({"status"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    std::istringstream lines(outcome.out);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(columns(line), 80u) << line;
    return outcome.out;
  }
  void beat() const { desk_.chela({"tick", "--all"}); }

  Desk desk_;
};

TEST_F(Status, SaysThatAllIsWellAndWhatConfinesPlugins) {
  EXPECT_NE(page().find("no check is on"), std::string::npos);
  add_flicker(desk_, "lamps", "conditions: 0, events: false");
  EXPECT_NE(page().find("no worker has run here yet"), std::string::npos);
  EXPECT_NE(page().find("lamps               new"), std::string::npos) << page();
  beat();
  const auto well = page();
  EXPECT_NE(well.find("\nall is well\n"), std::string::npos) << well;
  EXPECT_NE(well.find("100 %"), std::string::npos) << well;
  EXPECT_NE(well.find("plugins    confined by "), std::string::npos) << well;
  EXPECT_NE(well.find("seccomp"), std::string::npos) << well;
}

TEST_F(Status, ShowsHistoryAlertsWaitingAndFaultsIn80Columns) {
  add_flicker(desk_, "a-name-of-forty-characters-and-a-few-more", "conditions: 1, severity: crit");
  add_flicker(desk_, "needs-it", "conditions: 0",
              "needs: [a-name-of-forty-characters-and-a-few-more]\n");
  for (int i = 0; i < 3; ++i) beat();
  const auto told = page();
  EXPECT_NE(told.find("a-name-of-forty..."), std::string::npos) << told;
  EXPECT_NE(told.find("▁██"), std::string::npos) << told;
  EXPECT_NE(told.find("needs-it            waits"), std::string::npos) << told;
  EXPECT_NE(told.find("[crit] a-name-of-forty-characters-and-a-few-more/lamp-0"), std::string::npos)
      << told;
  EXPECT_EQ(told.find("all is well"), std::string::npos) << told;
  desk_.env["LC_ALL"] = "C";
  EXPECT_NE(page().find(".##"), std::string::npos) << page();
}

TEST_F(Status, GivesTheSameAsJson) {
  add_flicker(desk_, "lamps", "conditions: 1, events: false");
  for (int i = 0; i < 4; ++i) beat();
  const auto status = desk_.chela_json({"status"});
  const auto& check = status.at("checks").as_array().at(0);
  EXPECT_EQ(check.at("history").as_array().size(), 4u);
  EXPECT_EQ(check.at("history").as_array().at(1).as_array().at(1).as_string(), "warn");
  EXPECT_EQ(get_double(check, "uptime_percent"), 50.0);
  EXPECT_TRUE(status.at("confinement").at("layers").is_object());
  EXPECT_TRUE(status.at("faults").as_array().empty());
}

TEST_F(Status, RefusesToRedrawWhatIsNoTerminal) {
  const auto outcome = desk_.chela({"status", "--watch"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.err.find("this is none"), std::string::npos) << outcome.err;
}

TEST_F(Status, RedrawsATerminalAndLeavesItAsItWas) {
  add_flicker(desk_, "lamps", "conditions: 0");
  winsize size{};
  size.ws_row = 12;
  size.ws_col = 80;
  int terminal = -1;
  const pid_t pid = forkpty(&terminal, nullptr, nullptr, &size);
  ASSERT_GE(pid, 0);
  if (pid == 0) {
    setenv("HOME", desk_.home().c_str(), 1);
    setenv("CHELA_HOME", desk_.chela_home().c_str(), 1);
    const std::string program = Desk::chela_program(), workspace = desk_.workspace().string();
    execl(program.c_str(), program.c_str(), "status", "--watch", "0.2", "--workspace",
          workspace.c_str(), nullptr);
    _exit(127);
  }
  std::string seen;
  const auto read_until = [&](std::size_t pages) {
    for (int i = 0; i < 200 && count(seen, "\x1b[H") < pages; ++i) {
      pollfd wait{terminal, POLLIN, 0};
      char bytes[4096];
      if (poll(&wait, 1, 100) <= 0) continue;
      const auto got = read(terminal, bytes, sizeof bytes);
      if (got <= 0) return;
      seen.append(bytes, static_cast<std::size_t>(got));
    }
  };
  read_until(3);
  kill(pid, SIGTERM);
  read_until(1000);
  int status = 0;
  waitpid(pid, &status, 0);
  close(terminal);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_GE(count(seen, "lamps"), 3u);
  EXPECT_TRUE(seen.starts_with("\x1b[?1049h")) << seen.substr(0, 40);
  EXPECT_TRUE(seen.ends_with("\x1b[?25h\x1b[?1049l")) << seen;
}

}  // namespace
}  // namespace chela::test
