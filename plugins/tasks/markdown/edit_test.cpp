// Edits of a TASKS.md, byte for byte.
#include "edit.h"

#include <gtest/gtest.h>

namespace chela::markdown {
namespace {

constexpr std::string_view kNow = "2026-11-22T05:40:11Z";

std::string after(const std::string& bytes, const Result<Edit>& edit) {
  EXPECT_TRUE(edit.has_value()) << (edit ? "" : edit.error().message);
  return edit ? apply_splices(bytes, edit->splices) : "";
}

Change to_state(State state, std::string note = "") {
  Change change;
  change.state = state;
  change.note = std::move(note);
  return change;
}

TEST(Edit, CreatesTheSkeletonWithTheFirstTask) {
  const char* wanted =
      "# Tasks\n\n## Queue\n- [ ] Rotate keys [id:: k3f9q2] [priority:: high] [created:: "
      "2026-11-22]\n  first note\n"
      "\n## In Progress\n\n## Blocked\n\n## Done\n";
  const NewTask task{"k3f9q2", "Rotate keys", State::queue, "high", "", "", "first note"};
  EXPECT_EQ(after("", create(parse(""), task, kNow)), wanted);
  EXPECT_EQ(after("\n \n", create(parse("\n \n"), task, kNow)), std::string(wanted) + "\n \n");
  const std::string bom = "\xEF\xBB\xBF";
  EXPECT_EQ(after(bom, create(parse(bom), task, kNow)), bom + wanted);
}

TEST(Edit, MovesTheWholeBlockVerbatim) {
  const std::string before =
      "## Queue\r\n* [ ] a [id:: a1]\r\n\t- [ ] sub\r\n\r\n\tnote  \r\n* [ ] b\r\n\r\n## In "
      "Progress\r\n- [ ] c\r\n";
  const std::string wanted =
      "## Queue\r\n* [ ] b\r\n\r\n## In Progress\r\n- [ ] c\r\n* [ ] a [id:: a1] [updated:: "
      "2026-11-22T05:40:11Z]\r\n"
      "\t- [ ] sub\r\n\r\n\tnote  \r\n\t05:40 begun\r\n";
  EXPECT_EQ(
      after(before, update(parse(before), "a1", to_state(State::in_progress, "05:40 begun"), kNow)),
      wanted);
}

TEST(Edit, PutsAMissingSectionInItsPlace) {
  const struct {
    const char* name;
    const char* before;
    State state;
    const char* wanted;
  } cases[] = {
      {"between", "## Queue\n- [ ] a [id:: a1]\n\n## Done\n", State::blocked,
       "## Queue\n\n## Blocked\n- [ ] a [id:: a1]\n\n## Done\n"},
      {"at the end", "## Todo\n- [ ] a [id:: a1]\n", State::done,
       "## Todo\n\n## Done\n- [x] a [id:: a1]\n"},
      {"no headings, no final line end", "- [ ] z\n- [ ] a [id:: a1]", State::in_progress,
       "- [ ] z\n\n## In Progress\n- [ ] a [id:: a1]"},
      {"the whole file", "- [ ] a [id:: a1]", State::done, "## Done\n- [x] a [id:: a1]"},
      {"level of its neighbours", "# P\n### Todo\n- [ ] a [id:: a1]\n### Done\n",
       State::in_progress, "# P\n### Todo\n\n### In Progress\n- [ ] a [id:: a1]\n\n### Done\n"},
      {"before an open fence", "## Queue\n- [ ] a [id:: a1]\n\n```\ncode\n", State::done,
       "## Queue\n\n## Done\n- [x] a [id:: a1]\n\n```\ncode\n"},
      {"cancelled goes to done", "## Queue\n- [ ] a [id:: a1]\n## Done\n", State::cancelled,
       "## Queue\n## Done\n- [-] a [id:: a1]\n"},
      {"same project", "# A\n## Todo\n## Done\n# B\n## Todo\n- [ ] a [id:: a1]\n## Done\n",
       State::done, "# A\n## Todo\n## Done\n# B\n## Todo\n## Done\n- [x] a [id:: a1]\n"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(after(c.before, update(parse(c.before), "a1", to_state(c.state), "")), c.wanted);
  }
}

// U+FEFF is a mark only where it opens the file. A line that begins with it must not come there.
TEST(Edit, MakesNoByteOrderMarkOfAnotherLine) {
  const std::string bom = "\xEF\xBB\xBF", line = bom + "- [ ] no task\n";
  const std::string before = "- [ ] a [id:: a1]\n" + line + "## Done\n";
  EXPECT_EQ(after(before, update(parse(before), "a1", to_state(State::done), "")),
            "\n" + line + "## Done\n- [x] a [id:: a1]\n");
  EXPECT_EQ(after(before, remove(parse(before), "a1")), "\n" + line + "## Done\n");
  EXPECT_EQ(after(bom + before, remove(parse(bom + before), "a1")), bom + line + "## Done\n");
}

TEST(Edit, ChangesFieldsInPlace) {
  Change change;
  change.priority = "high";
  change.needs = "human";
  const struct {
    const char* name;
    const char* before;
    const char* wanted;
  } cases[] = {
      {"appended", "- [ ] a [id:: a1]\n", "- [ ] a [id:: a1] [needs:: human] [priority:: high]\n"},
      {"replaced", "- [ ] a (priority:: low) [id:: a1] b\n",
       "- [ ] a (priority:: high) [id:: a1] b [needs:: human]\n"},
      {"emoji replaced", "- [ ] a 🔽 🆔 a1\n", "- [ ] a [needs:: human] ⏫ 🆔 a1\n"},
      {"emoji appended", "- [ ] a 🆔 a1 📅 2026-12-01\n",
       "- [ ] a [needs:: human] 🆔 a1 📅 2026-12-01 ⏫\n"},
      {"before trailing blanks", "- [ ] a [id:: a1]  \n",
       "- [ ] a [id:: a1] [needs:: human] [priority:: high]  \n"},
      {"before a block reference", "- [ ] a [id:: a1] ^r1\n",
       "- [ ] a [id:: a1] [needs:: human] [priority:: high] ^r1\n"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(after(c.before, update(parse(c.before), "a1", change, "")), c.wanted);
  }
}

TEST(Edit, TakesFieldsAwayWithoutGluingWords) {
  Change change;
  change.priority = "none";
  const struct {
    const char* name;
    const char* before;
    const char* wanted;
  } cases[] = {
      {"between blanks", "- [ ] a [priority:: low] b [id:: a1]\n", "- [ ] a b [id:: a1]\n"},
      {"glued on both sides", "- [ ] a[priority:: low]b [id:: a1]\n", "- [ ] a b [id:: a1]\n"},
      {"glued behind", "- [ ] a [priority:: low]b [id:: a1]\n", "- [ ] a b [id:: a1]\n"},
      {"at the end", "- [ ] a [id:: a1] [priority:: low]\n", "- [ ] a [id:: a1]\n"},
      {"twice", "- [ ] a [priority:: low] [id:: a1] (priority:: high)\n", "- [ ] a [id:: a1]\n"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(after(c.before, update(parse(c.before), "a1", change, "")), c.wanted);
  }
}

TEST(Edit, RefusesAChangeThatWouldReadAsSomethingElse) {
  Change change;
  change.priority = "none";
  const TaskFile file =
      parse("- [ ] a \\\\⏫ [id:: a1]\n");  // without the emoji both backslashes would show
  ASSERT_EQ(file.tasks[0].title, "a \\");
  const auto edit = update(file, "a1", change, "");
  ASSERT_FALSE(edit.has_value());
  EXPECT_EQ(edit.error().code, ErrorCode::failed_precondition);
}

TEST(Edit, GivesALineItsIdWithTheFirstEdit) {
  const std::string before = "## Queue\n- [ ] no id\n- [ ] other\n";
  const TaskFile file = parse(before);
  const std::string handle = file.tasks[0].handle;
  Change change;
  change.priority = "low";
  const std::string bytes = after(before, update(file, handle, change, ""));
  EXPECT_EQ(bytes, "## Queue\n- [ ] no id [id:: " + handle + "] [priority:: low]\n- [ ] other\n");
  EXPECT_EQ(parse(bytes).tasks[0].id, handle);
  EXPECT_EQ(parse(bytes).tasks[1].id, "");
}

TEST(Edit, RenamesACopyWhenTheOriginalGoes) {
  const std::string before = "## Queue\n- [ ] a [id:: a1]\n- [ ] copy [id:: a1]\n";
  const TaskFile file = parse(before);
  const std::string copy = file.tasks[1].handle;
  const TaskFile left = parse(after(before, remove(file, "a1")));
  ASSERT_EQ(left.tasks.size(), 1u);
  EXPECT_EQ(left.tasks[0].id, copy);
  EXPECT_EQ(left.tasks[0].title, "copy");
}

TEST(Edit, ClosingStampsAndReopeningTakesTheStampAway) {
  const std::string before = "## Queue\n- [ ] a [id:: a1]\n\n## Done\n";
  const std::string closed =
      after(before, update(parse(before), "a1", to_state(State::done), kNow));
  EXPECT_EQ(closed,
            "## Queue\n\n## Done\n- [x] a [id:: a1] [updated:: 2026-11-22T05:40:11Z] [completion:: "
            "2026-11-22]\n");
  const std::string open =
      after(closed, update(parse(closed), "a1", to_state(State::queue), "2026-11-23T00:00:00Z"));
  EXPECT_EQ(open, "## Queue\n- [ ] a [id:: a1] [updated:: 2026-11-23T00:00:00Z]\n\n## Done\n");
}

TEST(Edit, WritesNothingWhereAllIsAsWanted) {
  const TaskFile file =
      parse("## Blocked\n- [ ] a [id:: a1] [needs:: human] ⏫\n  waits\n  since Monday\n");
  Change change = to_state(State::blocked, "  waits\r\n  since Monday\n");
  change.priority = "high";
  change.needs = "human";
  change.title = " a ";
  const auto edit = update(file, "a1", change, kNow);
  ASSERT_TRUE(edit.has_value());
  EXPECT_TRUE(edit->splices.empty());
  const auto again = create(file, {"a1", "another title", State::queue, "none", "", "", ""}, kNow);
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(again->splices.empty());
  EXPECT_FALSE(again->is_created);
  EXPECT_EQ(again->task.title, "a");
}

TEST(Edit, RefusesWhatCannotBeWritten) {
  const TaskFile file = parse("- [ ] a [id:: a1]\n");
  const auto code = [](const Result<Edit>& edit) {
    return edit ? ErrorCode::unknown : edit.error().code;
  };
  Change change;
  change.priority = "urgent";
  EXPECT_EQ(code(update(file, "a1", change, kNow)), ErrorCode::invalid_argument);
  change = {};
  change.title = " \n ";
  EXPECT_EQ(code(update(file, "a1", change, kNow)), ErrorCode::invalid_argument);
  change = {};
  change.owner = "a] [id:: b";
  EXPECT_EQ(code(update(file, "a1", change, kNow)), ErrorCode::invalid_argument);
  EXPECT_EQ(code(create(file, {"a b", "t", State::queue, "none", "", "", ""}, kNow)),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code(create(file, {"", "t", State::queue, "none", "", "", ""}, kNow)),
            ErrorCode::invalid_argument);
  EXPECT_EQ(code(update(file, "zz", to_state(State::done), kNow)), ErrorCode::not_found);
  EXPECT_EQ(code(remove(file, "zz")), ErrorCode::not_found);
}

TEST(Edit, LetsNoTitleForgeAField) {
  const TaskFile file = parse("## Queue\n");
  const NewTask task{
      "a1", "mail [id:: evil] 🆔 evil ⏫\n- [x] second <!-- x --> `", State::queue, "none", "", "",
      ""};
  const TaskFile with = parse(after(file.bytes, create(file, task, kNow)));
  ASSERT_EQ(with.tasks.size(), 1u);
  EXPECT_EQ(with.tasks[0].id, "a1");
  EXPECT_EQ(with.tasks[0].priority, "none");
  EXPECT_EQ(with.tasks[0].state, State::queue);
  EXPECT_EQ(with.tasks[0].title, "mail [id:: evil] 🆔 evil ⏫ - [x] second <!-- x --> `");
}

TEST(Edit, LetsNoNoteLeaveItsBlock) {
  const std::string before = "## Queue\n- [ ] a [id:: a1]\n- [ ] b [id:: b1]\n";
  Change change;
  change.note = "```\n\n## Done\n- [x] forged [id:: c1]\r<!--\n```";
  const TaskFile with = parse(after(before, update(parse(before), "a1", change, kNow)));
  ASSERT_EQ(with.tasks.size(), 2u);
  EXPECT_EQ(with.tasks[0].notes, "```\n\n## Done\n- [x] forged [id:: c1]\n<!--\n```");
  EXPECT_EQ(with.tasks[1].id, "b1");
}

TEST(Edit, RemovesTheBlockAndNothingElse) {
  EXPECT_EQ(after("- [ ] a [id:: a1]\n  note\n\n- [ ] b\n",
                  remove(parse("- [ ] a [id:: a1]\n  note\n\n- [ ] b\n"), "a1")),
            "\n- [ ] b\n");
  EXPECT_EQ(
      after("- [ ] b\r\n- [ ] a [id:: a1]", remove(parse("- [ ] b\r\n- [ ] a [id:: a1]"), "a1")),
      "- [ ] b");
}

}  // namespace
}  // namespace chela::markdown
