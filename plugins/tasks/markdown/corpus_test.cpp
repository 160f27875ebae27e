// Round-trip properties over the whole corpus: what an edit may touch, and that it reads back as
// meant.
#include <gtest/gtest.h>

#include "corpus.h"
#include "edit.h"

namespace chela::markdown {
namespace {

constexpr std::string_view kNow = "2026-11-22T05:40:11Z";

const std::vector<CorpusFile>& corpus() {
  static const std::vector<CorpusFile> files = whole_corpus(CHELA_PLUGIN_DIR);
  return files;
}

std::string show(const std::string& bytes) {
  std::string shown;
  for (const char c : bytes) {
    if (c == '\r')
      shown += "\\r";
    else
      shown += c;
  }
  return shown;
}

// A file that mixes lone CR with LF: taking out the block between "\r" and an empty line "\n" joins
// them to one
// "\r\n", which no later edit can take apart. Such files keep every task, but not every line end.
bool has_lone_cr_and_lf(const TaskFile& file) {
  bool lone_cr = false, lf = false;
  for (const auto& line : file.lines) {
    if (line.next == line.end) continue;
    lone_cr = lone_cr || file.bytes[line.next - 1] == '\r';
    lf = lf || file.bytes[line.end] == '\n';
  }
  return lone_cr && lf;
}

struct Op {
  std::string name;
  Change change;
};

std::vector<Op> every_op() {
  std::vector<Op> ops;
  for (const auto state :
       {State::queue, State::in_progress, State::blocked, State::done, State::cancelled}) {
    Op op{std::string("state ") + to_string(state), {}};
    op.change.state = state;
    ops.push_back(op);
    if (state != State::blocked && state != State::done) continue;
    op.name += " with a note";
    op.change.note = "05:52 moved\n  indented below";
    ops.push_back(op);
  }
  for (const char* priority : {"none", "high"}) {
    Op op{std::string("priority ") + priority, {}};
    op.change.priority = priority;
    ops.push_back(op);
  }
  for (const char* needs : {"", "human"}) {
    Op op{std::string("needs '") + needs + "'", {}};
    op.change.needs = needs;
    ops.push_back(op);
  }
  Op title{"title", {}};
  title.change.title = "Ask about [id:: forged] and ✅ 2026-01-01 `a <!-- b -->";
  ops.push_back(title);
  Op owner{"owner", {}};
  owner.change.owner = "main/s-0142";
  ops.push_back(owner);
  Op note{"note", {}};
  note.change.note = "one line";
  ops.push_back(note);
  return ops;
}

// Every byte that goes lies in the task's own lines (or is the line end that the last block of a
// file takes along); everything else is an insertion between lines or within those lines.
void expect_own_lines_only(const TaskFile& file, const Task& task,
                           const std::vector<Splice>& splices) {
  const bool ends_file = file.lines[task.last_line].next == file.lines[task.last_line].end;
  const std::size_t begin =
      task.line > 0 && ends_file ? file.lines[task.line - 1].end : file.lines[task.line].begin;
  const std::size_t end = file.lines[task.last_line].next;
  for (const auto& splice : splices) {
    const bool inside = splice.offset >= begin && splice.offset + splice.length <= end;
    const bool between =
        splice.length == 0 && std::any_of(file.lines.begin(), file.lines.end(), [&](const Line& l) {
          return l.begin == splice.offset || l.next == splice.offset;
        });
    const bool in_copy = std::any_of(file.tasks.begin(), file.tasks.end(), [&](const Task& other) {
      const Line& line = file.lines[other.line];
      return other.id == task.handle && splice.offset >= line.begin && splice.offset < line.end;
    });
    EXPECT_TRUE(inside || between || in_copy)
        << "splice at " << splice.offset << "+" << splice.length;
  }
}

void expect_change(const Task& before, const Task& after, const Change& change) {
  EXPECT_EQ(after.title, change.title.value_or(before.title));
  EXPECT_EQ(after.state, change.state.value_or(before.state));
  EXPECT_EQ(after.priority, change.priority.value_or(before.priority));
  EXPECT_EQ(after.needs, change.needs.value_or(before.needs));
  EXPECT_EQ(after.owner, change.owner.value_or(before.owner));
  EXPECT_TRUE(after.notes.starts_with(before.notes)) << after.notes;
  EXPECT_TRUE(after.notes.ends_with(change.note)) << after.notes;
  for (const auto& field : before.other_fields) {
    if (field.first == "cancelled" || field.first == "needs") continue;
    EXPECT_NE(std::find(after.other_fields.begin(), after.other_fields.end(), field),
              after.other_fields.end())
        << "lost " << field.first << ":: " << field.second;
  }
}

TEST(Corpus, HasAtLeastThreeHundredFilesAndThirtyWrittenByHand) {
  EXPECT_GE(hand_written(CHELA_PLUGIN_DIR).size(), 30u);
  EXPECT_GE(corpus().size(), 300u);
  std::size_t tasks = 0;
  for (const auto& file : corpus()) tasks += parse(file.bytes).tasks.size();
  RecordProperty("tasks", static_cast<int>(tasks));
  EXPECT_GT(tasks, 1000u);
}

TEST(Corpus, ReadingAndWritingBackGivesTheSameBytes) {
  for (const auto& c : corpus()) {
    SCOPED_TRACE(c.name);
    const TaskFile file = parse(c.bytes);
    EXPECT_EQ(apply_splices(file.bytes, {}), c.bytes);
    std::string joined = c.bytes.substr(0, byte_order_mark(c.bytes));
    for (const auto& line : file.lines) {
      EXPECT_EQ(line.begin, joined.size());
      joined += c.bytes.substr(line.begin, line.next - line.begin);
    }
    EXPECT_EQ(joined, c.bytes);
    std::size_t line = 0;
    for (const auto& section : file.sections) {
      EXPECT_EQ(section.first_line, line);
      line = section.end_line;
    }
    EXPECT_EQ(line, file.lines.size());
  }
}

TEST(Corpus, EveryOperationOnEveryTaskTouchesItsOwnLinesAndReadsBack) {
  const auto ops = every_op();
  int edits = 0;
  int refused = 0;
  for (const auto& c : corpus()) {
    const TaskFile file = parse(c.bytes);
    for (const auto& task : file.tasks) {
      for (const auto& op : ops) {
        SCOPED_TRACE(c.name + ", line " + std::to_string(task.line + 1) + ", " + op.name);
        const auto edit = update(file, task.handle, op.change, kNow);
        if (!edit) {
          EXPECT_EQ(edit.error().code, ErrorCode::failed_precondition) << edit.error().message;
          ADD_FAILURE() << edit.error().message << "\n" << show(c.bytes);
          ++refused;
          continue;
        }
        ++edits;
        expect_own_lines_only(file, task, edit->splices);
        const TaskFile after = parse(apply_splices(file.bytes, edit->splices));
        ASSERT_EQ(after.tasks.size(), file.tasks.size()) << show(after.bytes);
        const Task* changed = after.find(task.handle);
        ASSERT_NE(changed, nullptr) << show(after.bytes);
        expect_change(task, *changed, op.change);
        const auto again = update(after, task.handle, op.change, "2026-11-23T00:00:00Z");
        ASSERT_TRUE(again.has_value());
        EXPECT_TRUE(again->splices.empty()) << "not idempotent: " << show(after.bytes);
        if (HasFailure()) return;
      }
    }
  }
  RecordProperty("edits", edits);
  RecordProperty("refused", refused);
  EXPECT_GT(edits, 10000);
}

TEST(Corpus, CreatedAndRemovedLeavesTheSameBytes) {
  int same = 0;
  for (const auto& c : corpus()) {
    const TaskFile file = parse(c.bytes);
    for (const auto state : {State::queue, State::in_progress, State::blocked, State::done}) {
      SCOPED_TRACE(c.name + " " + to_string(state));
      const NewTask task{"new001", "A [new:: one] `task", state, "high", "human",
                         "main",   "with\n  a note"};
      const auto made = create(file, task, kNow);
      ASSERT_TRUE(made.has_value()) << made.error().message << "\n" << show(c.bytes);
      EXPECT_TRUE(made->is_created);
      const TaskFile with = parse(apply_splices(file.bytes, made->splices));
      const Task* found = with.find("new001");
      ASSERT_NE(found, nullptr) << show(with.bytes);
      EXPECT_EQ(found->title, task.title);
      EXPECT_EQ(found->state, state);
      EXPECT_EQ(found->notes, task.notes);
      EXPECT_EQ(found->created, "2026-11-22");
      const auto again = create(with, task, kNow);
      ASSERT_TRUE(again.has_value());
      EXPECT_FALSE(again->is_created);
      EXPECT_TRUE(again->splices.empty());
      const auto gone = remove(with, "new001");
      ASSERT_TRUE(gone.has_value()) << gone.error().message;
      const bool made_section = with.sections.size() != file.sections.size();
      if (made_section) continue;  // a section that was created stays
      EXPECT_EQ(show(apply_splices(with.bytes, gone->splices)), show(c.bytes));
      ++same;
    }
  }
  EXPECT_GT(same, 250);
}

TEST(Corpus, AFieldSetAndTakenAwayLeavesTheSameBytes) {
  int same = 0;
  for (const auto& c : corpus()) {
    const TaskFile file = parse(c.bytes);
    for (const auto& task : file.tasks) {
      if (task.id.empty() || task.id != task.handle)
        continue;  // its first edit writes an id, which stays
      SCOPED_TRACE(c.name + ", line " + std::to_string(task.line + 1));
      Change there, back;
      if (task.priority == "none" && task.text.find("priority") == nullptr)
        there.priority = "high", back.priority = "none";
      if (task.needs.empty() && task.text.find("needs") == nullptr)
        there.needs = "human", back.needs = "";
      if (task.text.title_spans.size() == 1 && task.text.title.find('\\') == std::string::npos) {
        there.title = "quite [another:: title]", back.title = task.title;
      }
      const auto set = update(file, task.handle, there, "");
      ASSERT_TRUE(set.has_value()) << set.error().message;
      const TaskFile with = parse(apply_splices(file.bytes, set->splices));
      const auto unset = update(with, task.handle, back, "");
      ASSERT_TRUE(unset.has_value()) << unset.error().message;
      EXPECT_EQ(show(apply_splices(with.bytes, unset->splices)), show(c.bytes));
      ++same;
    }
  }
  EXPECT_GT(same, 250);
}

// The last task of a section that says its state, moved to a section that exists and back.
TEST(Corpus, MovedThereAndBackLeavesTheSameBytes) {
  int same = 0;
  auto files = corpus();
  for (unsigned seed = 2000; seed < 2400; ++seed)
    files.push_back({"seed " + std::to_string(seed), random_file(seed)});
  for (const auto& c : files) {
    const TaskFile file = parse(c.bytes);
    if (has_lone_cr_and_lf(file)) continue;
    for (const auto& task : file.tasks) {
      const Section& section = file.sections[task.section];
      const bool is_last = &task == &file.tasks.back() || (&task)[1].section != task.section;
      const bool next_is_text = task.last_line + 1 < section.end_line;
      const bool only_here =
          std::count_if(file.sections.begin(), file.sections.end(),
                        [&](const Section& s) { return s.own == section.own; }) == 1;
      if (task.id != task.handle || !section.own || !is_last || !only_here || task.indent > 0)
        continue;
      if (file.bytes[task.box] != ' ' || *section.own != task.state) continue;
      if (next_is_text && indent_columns(file.text_of(task.last_line + 1)) > 0) continue;
      if (task.state == State::done || task.state == State::cancelled)
        continue;  // coming back ticks the box
      const bool is_first = task.line == section.body_line;
      const bool follows_task =
          &task != &file.tasks.front() && (&task)[-1].last_line + 1 == task.line;
      if (!is_first && !follows_task) continue;  // blank lines before it stay where they are
      bool alone = true;
      for (std::size_t i = task.last_line + 1; i < section.end_line; ++i)
        alone = alone && is_blank(file.text_of(i));
      if (is_first && !alone) continue;  // it comes back behind what else is there
      for (const auto state : {State::queue, State::in_progress, State::blocked}) {
        const bool exists = std::any_of(file.sections.begin(), file.sections.end(),
                                        [&](const Section& s) { return s.own == state; });
        if (!exists || state == task.state) continue;
        SCOPED_TRACE(c.name + ", line " + std::to_string(task.line + 1) + " to " +
                     to_string(state));
        Change there, back;
        there.state = state;
        back.state = task.state;
        const auto moved = update(file, task.handle, there, "");
        ASSERT_TRUE(moved.has_value()) << moved.error().message;
        const TaskFile with = parse(apply_splices(file.bytes, moved->splices));
        if (with.sections.size() != file.sections.size()) continue;
        const auto returned = update(with, task.handle, back, "");
        ASSERT_TRUE(returned.has_value()) << returned.error().message;
        EXPECT_EQ(show(apply_splices(with.bytes, returned->splices)), show(c.bytes));
        ++same;
      }
    }
  }
  RecordProperty("same", same);
  EXPECT_GT(same, 20);
}

}  // namespace
}  // namespace chela::markdown
