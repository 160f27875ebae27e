// TASKS.md: an edit of one task leaves every other line and every other task as it was, reads back
// as meant, and is nothing the second time.
#include "edit.h"
#include "fuzz.h"

namespace {

using namespace chela;
using namespace chela::markdown;
constexpr std::string_view kNow = "2026-11-22T05:40:11Z";

Change change_of(unsigned choice) {
  Change change;
  if (choice & 1) change.state = static_cast<State>(choice / 8 % 5);
  if (choice & 2) change.priority = choice & 16 ? "high" : "none";
  if (choice & 4) change.note = "moved\n  [id:: x] `a <!-- b";
  if (choice & 64) change.title = "Ask [id:: forged] \xE2\x9C\x85 2026-01-01 `a <!-- b";
  if (choice & 128) change.needs = choice & 32 ? "human" : "";
  return change;
}

// The texts of the lines that are not blank, without those of `task`.
std::vector<std::string> others_of(const TaskFile& file, const Task* task) {
  std::vector<std::string> kept;
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    const bool is_own = task != nullptr && i >= task->line && i <= task->last_line;
    if (!is_own && !is_blank(file.text_of(i))) kept.emplace_back(file.text_of(i));
  }
  return kept;
}

bool is_subsequence(const std::vector<std::string>& of, const std::vector<std::string>& all) {
  auto at = all.begin();
  for (const auto& line : of) {
    at = std::find(at, all.end(), line);
    if (at == all.end()) return false;
    ++at;
  }
  return true;
}

void expect_kept(const TaskFile& before, const Task* old, const TaskFile& after, const Task* now) {
  fuzz::require(is_subsequence(others_of(before, old), others_of(after, now)),
                "lines of others stay", after.bytes);
  const std::size_t wanted = before.tasks.size() + (now != nullptr) - (old != nullptr);
  fuzz::require(after.tasks.size() == wanted, "no task comes or goes beside it", after.bytes);
}

void expect_whole(const TaskFile& file, std::string_view bytes) {
  std::string joined(bytes.substr(0, byte_order_mark(bytes)));
  for (const auto& line : file.lines) joined += bytes.substr(line.begin, line.next - line.begin);
  fuzz::require(joined == bytes, "lines are the whole file");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto bytes = fuzz::text_of(data, size);
  const unsigned what = fuzz::choose(bytes), which = fuzz::choose(bytes);
  const TaskFile file = parse(std::string(bytes));
  expect_whole(file, bytes);
  if (file.tasks.empty() || what % 8 == 0) {
    const NewTask task{"new001", "A [new:: one] `task", static_cast<State>(which % 5), "high", "",
                       "",       "with\n  a note"};
    const auto made = create(file, task, kNow);
    if (!made || !made->is_created) return 0;
    const TaskFile with = parse(apply_splices(file.bytes, made->splices));
    const Task* found = with.find("new001");
    fuzz::require(found != nullptr && found->title == task.title && found->state == task.state,
                  "a new task reads back", with.bytes);
    expect_kept(file, nullptr, with, found);
    return 0;
  }
  const Task& task = file.tasks[which % file.tasks.size()];
  // Of two lines with one id the later one gets a name of its own: that edits both.
  for (const auto& other : file.tasks) {
    if (&other != &task && (other.id == task.handle || other.handle == task.handle)) return 0;
  }
  if (which >= 224) {
    const auto gone = remove(file, task.handle);
    if (gone) expect_kept(file, &task, parse(apply_splices(file.bytes, gone->splices)), nullptr);
    return 0;
  }
  const auto edit = update(file, task.handle, change_of(what), kNow);
  if (!edit) return 0;
  const TaskFile after = parse(apply_splices(file.bytes, edit->splices));
  const Task* changed = after.find(task.handle);
  fuzz::require(changed != nullptr, "the task is still there", after.bytes);
  expect_kept(file, &task, after, changed);
  fuzz::require(changed->title == change_of(what).title.value_or(task.title),
                "its title is as meant", after.bytes);
  fuzz::require(changed->state == change_of(what).state.value_or(task.state), "so is its state",
                after.bytes);
  const auto again = update(after, task.handle, change_of(what), "2026-11-23T00:00:00Z");
  fuzz::require(again && again->splices.empty(), "the second time changes nothing", after.bytes);
  return 0;
}
