// The story of a list that a person and chela keep together: each command changes its own lines and
// no other.
#include "scenarios/story.h"

namespace chela::test {
namespace {

const char* const kList =
    "# My list  \n"
    "\n"
    "Some   words of mine.\n"
    "\n"
    "## Queue\n"
    "- [ ] Water the plants [id:: plants]\n"
    "  - twice a week\n"
    "* [ ] another sign, no id\n"
    "\n"
    "## In Progress\n"
    "\n"
    "## Blocked\n"
    "\n"
    "## Done\n"
    "- [x] Buy a lamp [id:: lamp01]\n"
    "\n"
    "The end.";

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// The lines without those that say `part` or stand indented below such a line.
std::vector<std::string> without_task(const std::string& text, const std::string& part) {
  std::vector<std::string> kept;
  bool is_inside = false;
  for (const auto& line : lines_of(text)) {
    is_inside = line.find(part) != std::string::npos || (is_inside && line.starts_with("  "));
    if (!is_inside) kept.push_back(line);
  }
  return kept;
}

class TaskCommands : public ::testing::Test {
 protected:
  void SetUp() override { spill(file(), kList); }
  fs::path file() const { return desk_.workspace() / "TASKS.md"; }
  std::string text() const { return slurp(file()); }

  void expect_only_changed(const std::string& part) const {
    EXPECT_EQ(without_task(text(), part), without_task(kList, part)) << text();
  }
  SeenTask task(const std::string& part) const {
    for (const auto& seen : read_tasks(text())) {
      if (seen.line.find(part) != std::string::npos) return seen;
    }
    ADD_FAILURE() << part << " is not in\n" << text();
    return {};
  }

  Desk desk_;
};

TEST_F(TaskCommands, AddWritesOneTaskAndNothingElse) {
  const auto added = desk_.chela({"task", "add", "Rotate the API keys", "--priority", "high"});
  EXPECT_EQ(added.exit_code, 0) << added.err;
  expect_only_changed("Rotate the API keys");
  const auto seen = task("Rotate the API keys");
  EXPECT_EQ(seen.section, "Queue");
  EXPECT_NE(seen.line.find("[priority:: high]"), std::string::npos) << seen.line;
  const std::string id = added.out.substr(0, added.out.find(' '));
  EXPECT_NE(seen.line.find("[id:: " + id + "]"), std::string::npos) << added.out << seen.line;
}

TEST_F(TaskCommands, AListOfOtherLineEndsStaysOneToTheByte) {
  spill(file(), "## Queue\r\n- [ ] One [id:: oneone]\r\n");
  EXPECT_EQ(desk_.chela({"task", "note", "oneone", "half way"}).exit_code, 0);
  EXPECT_TRUE(text().starts_with("## Queue\r\n- [ ] One [id:: oneone]")) << text();
  EXPECT_EQ(count(text(), "\n"), count(text(), "\r\n"));
  EXPECT_NE(text().find("half way\r\n"), std::string::npos) << text();
}

TEST_F(TaskCommands, ATaskGoesThroughItsStatesAndOnlyItsLinesMove) {
  const struct {
    const char* name;
    std::vector<std::string> words;
    const char* section;
    const char* box;
    const char* note;
  } steps[] = {
      {"start", {"task", "start", "plants"}, "In Progress", " ", "twice a week"},
      {"note",
       {"task", "note", "plants", "the can is full"},
       "In Progress",
       " ",
       "the can is full"},
      {"block",
       {"task", "block", "plants", "the tap is dry", "--needs-human"},
       "Blocked",
       " ",
       "the tap is dry"},
      {"start again", {"task", "start", "plants"}, "In Progress", " ", "twice a week"},
      {"done", {"task", "done", "plants", "all wet"}, "Done", "x", "all wet"},
  };
  for (const auto& step : steps) {
    SCOPED_TRACE(step.name);
    const auto outcome = desk_.chela(step.words);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    expect_only_changed("Water the plants");
    const auto seen = task("Water the plants");
    EXPECT_EQ(seen.section, step.section) << text();
    EXPECT_EQ(seen.box, step.box) << text();
    EXPECT_NE(seen.notes.find(step.note), std::string::npos) << text();
    EXPECT_EQ(count(text(), "Water the plants"), 1u);
  }
}

TEST_F(TaskCommands, ATaskThatIsNotThereChangesNothing) {
  const auto outcome = desk_.chela({"task", "done", "nobody"});
  EXPECT_EQ(outcome.exit_code, 3);
  EXPECT_NE(outcome.err.find("nobody"), std::string::npos) << outcome.err;
  EXPECT_EQ(text(), kList);
}

}  // namespace
}  // namespace chela::test
