// Reading a TASKS.md: which lines are tasks, and what they say.
#include "task_file.h"

#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <set>

namespace chela::markdown {
namespace {

TaskFile fixture(const std::string& name) {
  std::ifstream in(std::string(CHELA_PLUGIN_DIR) + "/fixtures/corpus/" + name + ".md",
                   std::ios::binary);
  EXPECT_TRUE(in.good()) << name;
  return parse({std::istreambuf_iterator<char>(in), {}});
}

std::string states_and_titles(const TaskFile& file) {
  std::string text;
  for (const auto& task : file.tasks) {
    text += std::string(to_string(task.state)) + ": " + task.title + "\n";
  }
  return text;
}

Task only_task(const std::string& line) {
  const TaskFile file = parse(line);
  EXPECT_EQ(file.tasks.size(), 1u) << line;
  return file.tasks.empty() ? Task() : file.tasks[0];
}

TEST(TaskFile, ReadsTheCanonicalForm) {
  const TaskFile file = fixture("canonical");
  ASSERT_EQ(file.tasks.size(), 4u);
  const Task& deploy = file.tasks[1];
  EXPECT_EQ(deploy.id, "m8t2aa");
  EXPECT_EQ(deploy.handle, "m8t2aa");
  EXPECT_EQ(deploy.title, "Deploy nginx to edge-2");
  EXPECT_EQ(deploy.state, State::in_progress);
  EXPECT_EQ(deploy.priority, "none");
  EXPECT_EQ(deploy.owner, "main/s-0142");
  EXPECT_EQ(deploy.created, "2026-11-22");
  EXPECT_EQ(deploy.updated, "2026-11-22T05:40:11Z");
  EXPECT_EQ(deploy.notes, "The canary runs on edge-1 since Friday.\n- 05:52 config test ok");
  EXPECT_EQ(deploy.line + 1, 7u);
  EXPECT_EQ(file.tasks[2].needs, "human");
  EXPECT_EQ(file.tasks[2].priority, "high");
  EXPECT_EQ(file.tasks[2].state, State::blocked);
  EXPECT_EQ(file.tasks[3].state, State::done);
  EXPECT_EQ(file.tasks[3].completion, "2026-11-21");
}

TEST(TaskFile, ListsWhatEachFixtureHolds) {
  const struct {
    const char* name;
    const char* tasks;
  } cases[] = {
      {"empty", ""},
      {"only_bom", ""},
      {"prose_only", ""},
      {"no_headings", "queue: buy filters\ndone: pay the invoice\nqueue: book the train\n"},
      {"crlf", "queue: order disks\nqueue: label cables\ndone: rack the server\n"},
      {"cr_only", "queue: old mac file\ndone: earlier\n"},
      {"mixed_line_ends", "queue: first\nqueue: second\nblocked: third\n"},
      {"bom_task_first", "queue: the file opens with a task\nqueue: another\n"},
      {"nested_boxes", "in_progress: Release 2.4\nin_progress: Release 2.5\ndone: Release 2.3\n"},
      {"markers",
       "queue: star\nqueue: plus\nqueue: dash\nqueue: one\nqueue: two\nqueue: ten\ndone: "
       "capital\n"},
      {"box_signs",
       "queue: open\nin_progress: begun\nblocked: on hold\nblocked: look at this\ncancelled: not "
       "any more\n"
       "done: closed\n"},
      {"heading_synonyms", "queue: a\nin_progress: b\nblocked: c\ndone: d\ncancelled: e\n"},
      {"setext", "queue: under an underlined heading\nin_progress: under another\ndone: old\n"},
      {"fences", "queue: real\nqueue: also real\n"},
      {"fence_never_closed", "queue: before\n"},
      {"fence_in_lists",
       "queue: nested below a plain item\nqueue: the item above ended its fence\n"},
      {"fence_pasted_left", "in_progress: paste\nin_progress: next\n"},
      {"comments", "queue: live\nqueue: second\n"},
      {"comment_never_closed", "queue: before\ndone: old\n"},
      {"block_quotes", "queue: live\nqueue: also live\n"},
      {"indented_code", "queue: four blanks below an item are not\n"},
      {"front_matter", "queue: live\n"},
      {"subsections", "queue: roof\nqueue: hedge\ndone: fence\ndone: moved here without a tick\n"},
      {"tick_beats_heading",
       "done: ticked where it stood\ndone: ticked here\ncancelled: given up here\n"
       "in_progress: half\nblocked: moved here by hand\n"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(states_and_titles(fixture(c.name)), c.tasks);
  }
}

TEST(TaskFile, TakesFieldsOutOfTheTitle) {
  const struct {
    const char* name;
    const char* line;
    const char* title;
    const char* id;
    const char* priority;
  } cases[] = {
      {"dataview", "- [ ] a b [id:: x1] [priority:: high]", "a b", "x1", "high"},
      {"round brackets", "- [ ] a (id:: x1) b", "a b", "x1", "none"},
      {"no blank behind the colons", "- [ ] a [id::x1]", "a", "x1", "none"},
      {"any case", "- [ ] a [ID:: x1] [Priority:: HIGHEST]", "a", "x1", "high"},
      {"emoji", "- [ ] a ⏫ 🆔 x1 📅 2026-12-01", "a", "x1", "high"},
      {"emoji with selector and no-break space", "- [ ] a 🔽\xEF\xB8\x8F 🆔\xC2\xA0x1", "a", "x1",
       "low"},
      {"highest", "- [ ] a 🔺", "a", "", "high"},
      {"lowest", "- [ ] a ⏬", "a", "", "low"},
      {"medium", "- [ ] a 🔼", "a", "", "medium"},
      {"field first", "- [ ] [id:: x1] a", "a", "x1", "none"},
      {"code span", "- [ ] a `[id:: x1]` b", "a `[id:: x1]` b", "", "none"},
      {"escaped", "- [ ] a \\[id:: x1] b", "a [id:: x1] b", "", "none"},
      {"comment", "- [ ] a <!-- [id:: x1] --> b", "a b", "", "none"},
      {"link", "- [ ] fix [std::vector](https://e.org)", "fix [std::vector](https://e.org)", "",
       "none"},
      {"scope operator", "- [ ] fix (std::string) [a::b]", "fix (std::string) [a::b]", "", "none"},
      {"emoji without its value", "- [ ] ✅ all good 📅 soon", "✅ all good 📅 soon", "", "none"},
      {"no entry", "- [ ] ⛔ no entry", "⛔ no entry", "", "none"},
      {"block reference", "- [ ] a [id:: x1] ^ref", "a", "x1", "none"},
      {"never closed", "- [ ] a [id:: x1", "a [id:: x1", "", "none"},
      {"unknown priority", "- [ ] a [priority:: purple]", "a", "", "none"},
      {"first one counts", "- [ ] a [id:: x1] [id:: x2]", "a", "x1", "none"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Task task = only_task(c.line);
    EXPECT_EQ(task.title, c.title);
    EXPECT_EQ(task.id, c.id);
    EXPECT_EQ(task.priority, c.priority);
  }
}

TEST(TaskFile, KeepsFieldsThatItDoesNotKnow) {
  const Task task = only_task(
      "- [ ] a [estimate:: 3h] [cost:: [[Budget]]] 📅 2026-12-01 ⛔ b2,c3 [needs:: a ladder]\n");
  const std::vector<std::pair<std::string, std::string>> wanted = {{"estimate", "3h"},
                                                                   {"cost", "[[Budget]]"},
                                                                   {"due", "2026-12-01"},
                                                                   {"depends", "b2,c3"},
                                                                   {"needs", "a ladder"}};
  EXPECT_EQ(task.other_fields, wanted);
  EXPECT_EQ(task.needs, "");
  EXPECT_EQ(task.title, "a");
}

TEST(TaskFile, NamesLinesWithoutAnIdByTheirTitle) {
  const TaskFile file = fixture("duplicate_ids");
  ASSERT_EQ(file.tasks.size(), 5u);
  EXPECT_EQ(file.tasks[0].handle, "dup001");
  EXPECT_EQ(file.tasks[1].id, "dup001");
  std::set<std::string> handles;
  for (const auto& task : file.tasks) {
    EXPECT_FALSE(task.handle.empty());
    EXPECT_TRUE(handles.insert(task.handle).second) << task.handle;
  }
  const std::string moved = "## Done\n- [ ] unrelated\n- [ ] same title\n";
  EXPECT_EQ(parse(moved).tasks[1].handle, file.tasks[2].handle)
      << "the name depends on the title alone";
}

TEST(TaskFile, DedentsTheBlockAndKeepsBlankLinesInside) {
  const TaskFile file = fixture("long_block");
  ASSERT_EQ(file.tasks.size(), 1u);
  EXPECT_EQ(file.tasks[0].notes,
            "\nFirst paragraph.\n\n\n| a | b |\n|---|---|\n\n    indented code\n\nLast paragraph.");
  EXPECT_EQ(only_task("- [ ] a\n\tone\n\t\ttwo\n").notes, "one\n\ttwo");
  EXPECT_EQ(only_task("- [ ] a\r\n  one\r\n\r\n  two\r\n\r\n").notes, "one\n\ntwo");
}

TEST(TaskFile, EndsABlockAtAHeadingThatIsIndentedByOneBlank) {
  EXPECT_EQ(states_and_titles(parse("## Queue\n- [ ] a\n ## Done\n- [ ] b\n")),
            "queue: a\ndone: b\n");
}

TEST(TaskFile, ReadsHostileRepetitionsInNoTime) {
  const struct {
    const char* name;
    const char* piece;
  } cases[] = {
      {"brackets", "[a:: "},        {"parentheses", "("},
      {"comments", "<!--"},         {"backticks", "` `` "},
      {"backslashes", "\\"},        {"repeats", "🔁 a"},
      {"fences", "\n  ```"},        {"open comments in blocks", "\n  <!--"},
      {"deep lists", "\n- - - - "}, {"tasks", "\n- [ ] a"},
      {"headings", "\n# a"},        {"underlines", "\na\n="},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    std::string bytes = "- [ ] t ";
    while (bytes.size() < (1u << 18)) bytes += c.piece;
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_GE(parse(bytes).tasks.size(), 1u);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
  }
}

}  // namespace
}  // namespace chela::markdown
