// `chela task selftest` through the built program: TASKS.md, the real Taskwarrior, and the contract
// fake of remindctl (derived from the v0.3.3 sources).
#include "scenarios/story.h"

namespace chela::test {
namespace {

class Selftest : public ::testing::Test {
 protected:
  std::size_t good_steps(const std::string& out) const { return count(out, "ok      "); }
  fs::path transcript(const char* name) const { return desk_.root() / name; }
  Desk desk_;
};

TEST_F(Selftest, WalksThroughTasksMdAndLeavesNothing) {
  spill(desk_.workspace() / "TASKS.md", "# Mine\n\n## Queue\n- [ ] Water the plants\n");
  const auto outcome = desk_.chela({"task", "selftest", "--backend", "tasks-md"});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
  EXPECT_EQ(good_steps(outcome.out), 12u) << outcome.out;
  const auto after = slurp(desk_.workspace() / "TASKS.md");
  EXPECT_NE(after.find("- [ ] Water the plants\n"), std::string::npos);
  EXPECT_EQ(after.find("selftest"), std::string::npos) << after;
}

TEST_F(Selftest, ComparesTwoRunsOfTheFakeAndFindsAnotherVersion) {
  const auto fake = desk_.workspace() / "remindctl";
  fs::copy_file(CHELA_FAKE_REMINDCTL, fake);
  spill(
      desk_.manifest("tasks", "reminders"),
      "id: reminders\nplugin: tasks.remindctl\nallow:\n  exec: [\"" + fake.string() +
          "\"]\n  read: [\"${workspace}\"]\n  write: [\"${workspace}\"]\nconfig:\n  command: [\"" +
          fake.string() + "\"]\n  folder: \"${workspace}\"\n");
  const auto first = transcript("first.json"), second = transcript("second.json");
  const auto recorded =
      desk_.chela({"task", "selftest", "--backend", "reminders", "--transcript", first.string()});
  EXPECT_EQ(recorded.exit_code, 0) << recorded.out << recorded.err;
  EXPECT_EQ(fs::status(first).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  // A fresh list again, as the other machine had it.
  const auto forget = [&] {
    fs::remove(desk_.workspace() / "remindctl.state.json");
    fs::remove_all(desk_.chela_home() / "state");
  };
  forget();
  const auto same =
      desk_.chela({"task", "selftest", "--backend", "reminders", "--against", first.string()});
  EXPECT_EQ(same.exit_code, 0) << same.out << same.err;
  EXPECT_NE(same.out.find("the same as "), std::string::npos) << same.out;
  // As if the real program printed its JSON in another way.
  auto text = slurp(first);
  const auto at = text.find("\\\"isCompleted\\\" : ");
  ASSERT_NE(at, std::string::npos);
  text.replace(at, 18, "\\\"isCompleted\\\": ");
  spill(second, text);
  forget();
  const auto other =
      desk_.chela({"task", "selftest", "--backend", "reminders", "--against", second.string()});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_NE(other.out.find("differs  "), std::string::npos) << other.out;
}

TEST_F(Selftest, RefusesWhatIsNotThere) {
  const auto nobody = desk_.chela({"task", "selftest", "--backend", "tasks-mt"});
  EXPECT_EQ(nobody.exit_code, 3);
  EXPECT_NE(nobody.err.find("did you mean 'tasks-md'?"), std::string::npos) << nobody.err;
  spill(transcript("none.json"), "{}");
  const auto no_transcript = desk_.chela(
      {"task", "selftest", "--backend", "tasks-md", "--against", transcript("none.json").string()});
  EXPECT_EQ(no_transcript.exit_code, 2);
}

}  // namespace
}  // namespace chela::test
