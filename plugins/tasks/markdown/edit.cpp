#include "edit.h"

#include <algorithm>
#include <array>

#include "line_edit.h"
#include "place.h"

namespace chela::markdown {
namespace {

tl::unexpected<Error> invalid(const std::string& what, std::string_view found) {
  return fail(ErrorCode::invalid_argument,
              what + ", found '" + std::string(found.substr(0, 100)) + "'");
}

Result<void> check_id(std::string_view id) {
  const bool fits = !id.empty() && id.size() <= 64 && std::all_of(id.begin(), id.end(), [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return letter || std::string_view("._:/@+-").find(c) != std::string_view::npos;
  });
  if (fits) return {};
  return invalid("a task id is 1 to 64 letters, digits or . _ : / @ + -", id);
}

Result<void> check_priority(std::string_view priority) {
  constexpr std::array<std::string_view, 4> kPriorities = {"none", "low", "medium", "high"};
  if (std::find(kPriorities.begin(), kPriorities.end(), priority) != kPriorities.end()) return {};
  return invalid("priority is one of none, low, medium, high", priority);
}

Result<void> check_fields(std::string_view title, std::string_view priority, std::string_view needs,
                          std::string_view owner) {
  if (readable_title(title).empty()) return invalid("a task needs a title", title);
  CHELA_TRY(check_priority(priority));
  if (!needs.empty() && needs != "human") return invalid("needs is 'human' or empty", needs);
  if (!owner.empty() && !is_field_value(owner)) {
    return invalid("owner is a plain word without brackets or line ends", owner);
  }
  return {};
}

bool is_closed(State state) {
  return state == State::done || state == State::cancelled;
}

char box_for(State state) {
  if (state == State::done) return 'x';
  return state == State::cancelled ? '-' : ' ';
}

std::string unless_none(std::string_view priority) {
  return priority == "none" ? "" : std::string(priority);
}

// Everything about a task that an edit of another task must leave alone.
bool same_task(const Task& a, const Task& b) {
  return (a.id == b.id || a.handle == b.id) && a.title == b.title && a.state == b.state &&
         a.priority == b.priority && a.needs == b.needs && a.notes == b.notes &&
         a.owner == b.owner && a.created == b.created && a.updated == b.updated &&
         a.completion == b.completion && a.other_fields == b.other_fields;
}

// True where both lists are the same but for the tasks called `handle`.
bool same_others(const std::vector<Task>& before, const std::vector<Task>& after,
                 std::string_view handle) {
  auto a = before.begin();
  auto b = after.begin();
  while (true) {
    while (a != before.end() && a->handle == handle) ++a;
    while (b != after.end() && b->handle == handle) ++b;
    if (a == before.end() || b == after.end()) return a == before.end() && b == after.end();
    if (!same_task(*a++, *b++)) return false;
  }
}

// False where a line that begins like a byte order mark would come to open the file: there the same
// bytes are no longer a part of that line.
bool same_start(const TaskFile& before, const TaskFile& after) {
  return byte_order_mark(before.bytes) == byte_order_mark(after.bytes);
}

// The task as it reads after `splices`, if it reads as `wanted` and all others read as before.
std::optional<Task> read_back(const TaskFile& file, const std::vector<Splice>& splices,
                              const Task& wanted) {
  const TaskFile after = parse(apply_splices(file.bytes, splices));
  const Task* task = after.find(wanted.id);
  if (task == nullptr || task->title != wanted.title || task->state != wanted.state ||
      task->priority != wanted.priority || task->needs != wanted.needs ||
      task->owner != wanted.owner || task->notes != wanted.notes || !same_start(file, after) ||
      !same_others(file.tasks, after.tasks, wanted.id)) {
    return std::nullopt;
  }
  return *task;
}

// `block` (without its last line end) put at `place`.
Splice paste(const TaskFile& file, const Place& place, std::string_view block,
             const std::string& eol) {
  std::string text = place.blank_before ? eol : "";
  if (!place.heading.empty()) text += place.heading + eol;
  text += block;
  if (place.blank_after) text += eol;
  if (place.after_line == Place::kTop) {
    return {byte_order_mark(file.bytes), 0, file.lines.empty() ? text : text + eol};
  }
  const Line& line = file.lines[place.after_line];
  return {line.next, 0, line.next > line.end ? text + eol : eol + text};
}

// The block of a task cut out. A block that ends the file without a line end takes the one before
// it along, so that the file goes on ending without one; either way `eol` is the line end that left
// with the block.
struct Cut {
  Splice splice;
  std::string eol;
};
Cut cut_of(const TaskFile& file, const Task& task) {
  const Line& first = file.lines[task.line];
  const Line& last = file.lines[task.last_line];
  if (last.next > last.end) {
    return {{first.begin, last.next - first.begin, ""},
            file.bytes.substr(last.end, last.next - last.end)};
  }
  if (task.line == 0) return {{first.begin, last.end - first.begin, ""}, eol_behind(file, 0)};
  const Line& before = file.lines[task.line - 1];
  return {{before.end, last.end - before.end, ""},
          file.bytes.substr(before.end, before.next - before.end)};
}

// Two ways for a block to leave: altogether, or with an empty line in its place where the text
// around it would otherwise grow together into something else.
std::vector<Splice> ways_out(const TaskFile& file, const Task& task) {
  const std::size_t begin = file.lines[task.line].begin;
  return {cut_of(file, task).splice, {begin, file.lines[task.last_line].end - begin, ""}};
}

// A line that somebody copied says the same id again; the first one has it. When that one goes
// elsewhere, the others are given the ids they are listed under, or the first of them would take
// its place.
void rename_copies(const TaskFile& file, const Task& task, std::vector<Splice>& splices) {
  for (const auto& other : file.tasks) {
    if (&other == &task || other.id.empty() || other.id != task.handle) continue;
    LineEdit line(file, other);
    line.set_field("id", other.handle);
    for (auto& splice : line.take()) splices.push_back(std::move(splice));
  }
}

std::string without_block_indent(std::string_view block, std::size_t columns) {
  std::string moved;
  for (const Line& line : split_lines(block)) {
    moved += without_indent(block.substr(line.begin, line.end - line.begin), columns);
    moved += block.substr(line.end, line.next - line.end);
  }
  return moved;
}

// Cuts the block, changes it by `changes`, and pastes it where it reads as `wanted`.
Result<Edit> move(const TaskFile& file, const Task& task, std::vector<Splice> changes,
                  const Task& wanted) {
  const std::size_t begin = file.lines[task.line].begin;
  const std::size_t end = file.lines[task.last_line].end;
  for (auto& change : changes) change.offset -= begin;
  const std::string block =
      apply_splices(std::string_view(file.bytes).substr(begin, end - begin), changes);
  const Cut cut = cut_of(file, task);
  std::vector<std::string> forms = {block};
  if (task.indent > 0) forms.push_back(without_block_indent(block, task.indent));
  for (Place place : places_for(file, wanted.state, task.section)) {
    const bool file_was_block = task.line == 0 && place.after_line == task.last_line;
    if (file_was_block) place.blank_before = false;
    for (const auto& form : forms) {
      Splice pasted = paste(file, place, form, cut.eol);
      const bool ends_open = file.lines.back().next == file.lines.back().end;
      if (file_was_block && ends_open) pasted.replacement.erase(0, cut.eol.size());
      if (pasted.offset > begin && pasted.offset < end) continue;
      for (const Splice& out : ways_out(file, task)) {
        std::vector<Splice> splices = {out, pasted};
        rename_copies(file, task, splices);
        sort_splices(splices);
        if (auto moved = read_back(file, splices, wanted))
          return Edit{std::move(splices), std::move(*moved)};
      }
    }
  }
  return fail(ErrorCode::failed_precondition,
              "line " + std::to_string(task.line + 1) + ": the task cannot move to " +
                  to_string(wanted.state) + " without changing another one");
}

std::string new_line(const NewTask& task, std::string_view now, const std::string& eol) {
  std::string line = std::string("- [") + box_for(task.state) + "] " + escape_title(task.title);
  const auto add = [&](std::string_view key, std::string_view value) {
    if (!value.empty()) line += dataview(key, value);
  };
  const std::string_view date = now.substr(0, 10);
  add("id", task.id);
  add("owner", task.owner);
  add("needs", task.needs);
  add("priority", unless_none(task.priority));
  add("created", date);
  if (task.state != State::queue) add("updated", now);
  if (is_closed(task.state)) add("completion", date);
  return line + indented(clean_note(task.notes), "  ", eol);
}

Result<Edit> create_in(const TaskFile& file, const NewTask& task, std::string_view now) {
  Task wanted;
  wanted.id = task.id;
  wanted.title = readable_title(task.title);
  wanted.state = task.state;
  wanted.priority = task.priority;
  wanted.needs = task.needs;
  wanted.owner = task.owner;
  wanted.notes = clean_note(task.notes);
  for (const Place& place : places_for(file, task.state, std::nullopt)) {
    const std::string eol = eol_behind(file, place.after_line);
    std::vector<Splice> splices = {paste(file, place, new_line(task, now, eol), eol)};
    if (auto made = read_back(file, splices, wanted))
      return Edit{std::move(splices), std::move(*made), true};
  }
  return fail(ErrorCode::failed_precondition,
              "there is no place for task '" + task.id + "' that would not change another one");
}

// Writes what `change` wants into `line` and `wanted`; false where all is so already.
bool apply_change(const Task& task, const Change& change, std::string_view now,
                  const std::string& eol, LineEdit& line, Task& wanted) {
  wanted.title = change.title ? readable_title(*change.title) : task.title;
  wanted.priority = change.priority.value_or(task.priority);
  wanted.needs = change.needs.value_or(task.needs);
  wanted.owner = change.owner.value_or(task.owner);
  wanted.state = change.state.value_or(task.state);
  const std::string note = clean_note(change.note);
  const bool adds_note = !note.empty() && !ends_in_note(task.notes, note);
  if (adds_note) wanted.notes += (task.notes.empty() ? "" : "\n") + note;
  if (same_task(task, wanted)) return false;

  wanted.id = task.handle;
  if (task.id != task.handle) line.set_field("id", task.handle);
  if (wanted.title != task.title) line.set_title(escape_title(wanted.title));
  if (wanted.owner != task.owner) line.set_field("owner", wanted.owner);
  if (wanted.needs != task.needs) line.set_field("needs", wanted.needs);
  if (wanted.priority != task.priority) line.set_field("priority", unless_none(wanted.priority));
  if (!now.empty()) line.set_field("updated", now);
  if (wanted.state != task.state) {
    line.set_box(box_for(wanted.state));
    if (!is_closed(wanted.state)) {
      line.set_field("completion", "");
      line.set_field("cancelled", "");
    } else if (!now.empty()) {
      line.set_field("completion", now.substr(0, 10));
    }
  }
  if (adds_note) line.add_note(note, eol);
  return true;
}

tl::unexpected<Error> unknown_id(std::string_view id) {
  return fail(ErrorCode::not_found, "no task has the id '" + std::string(id.substr(0, 100)) + "'");
}

}  // namespace

std::string skeleton(std::string_view eol) {
  std::string text;
  for (const char* line :
       {"# Tasks", "", "## Queue", "", "## In Progress", "", "## Blocked", "", "## Done"}) {
    text.append(line).append(eol);
  }
  return text;
}

Result<Edit> create(const TaskFile& file, const NewTask& task, std::string_view now) {
  CHELA_TRY(check_id(task.id));
  CHELA_TRY(check_fields(task.title, task.priority, task.needs, task.owner));
  if (const Task* standing = file.find(task.id)) return Edit{{}, *standing, false};
  for (std::size_t i = 0; i < file.lines.size(); ++i) {
    if (!is_blank(file.text_of(i))) return create_in(file, task, now);
  }
  const TaskFile empty = parse(skeleton(eol_behind(file, Place::kTop)));
  CHELA_TRY(Edit edit, create_in(empty, task, now));
  edit.splices = {{byte_order_mark(file.bytes), 0, apply_splices(empty.bytes, edit.splices)}};
  return edit;
}

Result<Edit> update(const TaskFile& file, std::string_view id, const Change& change,
                    std::string_view now) {
  const Task* task = file.find(id);
  if (task == nullptr) return unknown_id(id);
  CHELA_TRY(check_fields(change.title.value_or("-"), change.priority.value_or("none"),
                         change.needs.value_or(""), change.owner.value_or("")));
  LineEdit line(file, *task);
  Task wanted = *task;
  if (!apply_change(*task, change, now, eol_behind(file, task->last_line), line, wanted))
    return Edit{{}, *task};
  std::vector<Splice> splices = line.take();
  if (wanted.state != task->state && !section_fits(file.sections[task->section], wanted.state)) {
    return move(file, *task, std::move(splices), wanted);
  }
  auto changed = read_back(file, splices, wanted);
  if (!changed) {
    return fail(ErrorCode::failed_precondition, "line " + std::to_string(task->line + 1) +
                                                    ": the change would not read back as intended");
  }
  return Edit{std::move(splices), std::move(*changed)};
}

Result<Edit> remove(const TaskFile& file, std::string_view id) {
  const Task* task = file.find(id);
  if (task == nullptr) return unknown_id(id);
  for (const Splice& splice : ways_out(file, *task)) {
    std::vector<Splice> splices = {splice};
    rename_copies(file, *task, splices);
    sort_splices(splices);
    const TaskFile after = parse(apply_splices(file.bytes, splices));
    if (same_start(file, after) && same_others(file.tasks, after.tasks, task->handle)) {
      return Edit{std::move(splices), *task};
    }
  }
  return fail(ErrorCode::failed_precondition,
              "line " + std::to_string(task->line + 1) +
                  ": the task cannot go without changing another one");
}

}  // namespace chela::markdown
