// The story of somebody who presses tab: commands, options, choices and names, in a real bash, and
// in zsh and fish where they are installed.
#include <iostream>

#include "scenarios/story.h"

namespace chela::test {
namespace {

class Completion : public ::testing::Test {
 protected:
  void SetUp() override {
    desk_.without_builtins();
    add_flicker(desk_, "lamps", "conditions: 1, events: false");
  }
  std::string offered(std::vector<std::string> words) const {
    words.insert(words.begin(), {"complete", "--"});
    const auto outcome = Desk::finish(desk_.start(std::move(words)));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome.out;
  }
  Outcome shell(const std::string& program, const std::string& script) const {
    const auto file = desk_.root() / "script";
    spill(file, script);
    return Desk::finish(desk_.start({file.string()}, program));
  }
  Desk desk_;
};

TEST_F(Completion, TableOfWhatIsOffered) {
  for (int i = 0; i < 2; ++i) desk_.chela({"tick", "--all"});
  const struct {
    const char* name;
    std::vector<std::string> words;
    std::string offered;
  } cases[] = {
      {"a command", {"sta"}, "status\n"},
      {"nested ones", {"alert", ""}, "ack\nlist\nresume\nsnooze\n"},
      {"an option", {"tick", "--ex"}, "--explain\n"},
      {"a choice", {"task", "add", "x", "--priority", "m"}, "medium\n"},
      {"a check", {"tick", "--check", "la"}, "lamps\n"},
      {"an instance to disable", {"disable", "la"}, "lamps\n"},
      {"a plugin", {"plugin", "info", "check.fl"}, "check.flicker\n"},
      {"a backend", {"task", "selftest", "--backend", ""}, "tasks-md\n"},
      {"a shell", {"completion", ""}, "bash\nfish\nzsh\n"},
      {"a shell that was begun", {"completion", "z"}, "zsh\n"},
      {"nothing behind the shell", {"completion", "zsh", ""}, ""},
      {"nothing to offer", {"status", "x"}, ""},
      {"no hidden command", {"complet"}, "completion\n"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(offered(c.words), c.offered);
  }
}

TEST_F(Completion, WorksInARealBash) {
  const auto outcome = shell("/bin/bash", "source <('" + Desk::chela_program() +
                                              "' completion bash)\n"
                                              "COMP_WORDS=('" +
                                              Desk::chela_program() +
                                              "' heartbeat si); COMP_CWORD=2\n"
                                              "_chela\necho \"${COMPREPLY[*]}\"\n"
                                              "complete -p chela\n");
  EXPECT_EQ(outcome.out, "simulate\ncomplete -o default -F _chela chela\n") << outcome.err;
}

TEST_F(Completion, TheOtherScriptsAreWellFormed) {
  const struct {
    const char* shell;
    const char* program;
  } cases[] = {{"zsh", "/usr/bin/zsh"}, {"fish", "/usr/bin/fish"}};
  for (const auto& c : cases) {
    const auto script = desk_.root() / c.shell;
    spill(script, Desk::finish(desk_.start({"completion", c.shell})).out);
    EXPECT_NE(slurp(script).find("complete --"), std::string::npos);
    if (!fs::exists(c.program)) {
      std::cerr << "\n*** NOT TESTED: " << c.shell << " is not installed\n\n";
      continue;
    }
    const auto outcome = Desk::finish(desk_.start({"-n", script.string()}, c.program));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  }
}

}  // namespace
}  // namespace chela::test
