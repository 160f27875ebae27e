// Random sequences of operations, and random titles.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "corpus.h"
#include "edit.h"

namespace chela::markdown {
namespace {

constexpr std::string_view kNow = "2026-11-22T05:40:11Z";

// What must hold of every task after any sequence of operations.
struct Known {
  std::string title;
  State state;
  std::string priority;
  std::string needs;
  std::string notes;
};

std::map<std::string, Known> known_tasks(const TaskFile& file) {
  std::map<std::string, Known> known;
  for (const auto& t : file.tasks)
    known[t.handle] = {t.title, t.state, t.priority, t.needs, t.notes};
  return known;
}

void expect_known(const std::map<std::string, Known>& wanted, const TaskFile& file) {
  const auto found = known_tasks(file);
  ASSERT_EQ(found.size(), wanted.size());
  for (const auto& [id, task] : wanted) {
    const auto at = found.find(id);
    ASSERT_NE(at, found.end()) << id << " is lost";
    EXPECT_EQ(at->second.title, task.title);
    EXPECT_EQ(at->second.state, task.state) << id;
    EXPECT_EQ(at->second.priority, task.priority) << id;
    EXPECT_EQ(at->second.needs, task.needs) << id;
    EXPECT_EQ(at->second.notes, task.notes) << id;
  }
}

TEST(Sequences, KeepEveryTask) {
  int done = 0;
  for (unsigned seed = 1000; seed < 1060; ++seed) {
    std::mt19937 random(seed);
    std::string bytes = random_file(seed);
    // Give every line its id first: derived ones may pass from one same-titled line to the next.
    auto known = known_tasks(parse(bytes));
    for (int step = 0; step < 40; ++step) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", step " + std::to_string(step));
      const TaskFile file = parse(bytes);
      const auto state = static_cast<State>(random() % 5);
      Result<Edit> edit = fail(ErrorCode::internal, "none");
      std::string id;
      if (file.tasks.empty() || random() % 6 == 0) {
        id = "s" + std::to_string(step);
        edit = create(file, {id, "made in step " + id, state, "low", "", "", "a\n\nb"}, kNow);
        known[id] = {"made in step " + id, state, "low", "", "a\n\nb"};
      } else {
        const Task& task = file.tasks[random() % file.tasks.size()];
        id = task.handle;
        if (random() % 12 == 0) {
          // Same-titled lines without an id hand their derived ids on; remove only what has a name
          // of its own.
          if (task.id != id) continue;
          edit = remove(file, id);
          known.erase(id);
        } else {
          Change change;
          if (random() % 2 == 0) known[id].state = *(change.state = state);
          if (random() % 4 == 0)
            known[id].priority = *(change.priority = random() % 2 == 0 ? "high" : "none");
          if (random() % 4 == 0)
            known[id].needs = *(change.needs = random() % 2 == 0 ? "human" : "");
          if (random() % 5 == 0) {
            change.note = "note " + std::to_string(step);
            known[id].notes += (known[id].notes.empty() ? "" : "\n") + change.note;
          }
          edit = update(file, id, change, kNow);
        }
      }
      ASSERT_TRUE(edit.has_value()) << edit.error().message << "\n" << bytes;
      bytes = apply_splices(bytes, edit->splices);
      const TaskFile after = parse(bytes);
      expect_known(known, after);
      if (HasFailure()) {
        ADD_FAILURE() << file.bytes << "\n-----\n" << bytes;
        return;
      }
      ++done;
    }
  }
  EXPECT_GT(done, 1500);
}

// No escape is needed by most titles and enough for all: random text reads back as it was.
TEST(Titles, ReadBackAsTheyWere) {
  const std::vector<std::string> pieces = {
      "[",    "]",    "(", ")", "id:: x",       "::",    "\\", "\\\\", "`",     "``",
      "<!--", "-->",  " ", "a", "✅ 2026-01-01", "🆔 abc", "⏫",  "🔁",    "⛔ a,b", "^ref",
      "#t",   "\xff", "é", "-"};
  std::mt19937 random(7);
  for (int i = 0; i < 8000; ++i) {
    std::string title;
    for (unsigned n = 1 + static_cast<unsigned>(random() % 9); n > 0; --n)
      title += pieces[random() % pieces.size()];
    if (readable_title(title).empty()) continue;
    SCOPED_TRACE(title);
    const TaskFile file = parse("## Queue\n");
    const auto made = create(file, {"tit001", title, State::queue, "low", "", "", ""}, kNow);
    ASSERT_TRUE(made.has_value()) << made.error().message;
    const TaskFile with = parse(apply_splices(file.bytes, made->splices));
    ASSERT_EQ(with.tasks.size(), 1u);
    ASSERT_EQ(with.tasks[0].title, readable_title(title)) << with.bytes;
    ASSERT_EQ(with.tasks[0].id, "tit001");
    ASSERT_TRUE(with.tasks[0].other_fields.empty()) << with.bytes;
  }
}

}  // namespace
}  // namespace chela::markdown
