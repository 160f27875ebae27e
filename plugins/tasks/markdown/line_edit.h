// Changes of one task line and its block, as splices that touch nothing else.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "splice.h"
#include "task_file.h"

namespace chela::markdown {

// Collects what should change on one task; fields that are there are changed in place, new ones go
// to the end of the line. On a line with emoji fields only, id, priority, created and completion
// are written as emoji, and the others before the first emoji, because the Obsidian plugin reads
// emoji from the line's end.
class LineEdit {
 public:
  LineEdit(const TaskFile& file, const Task& task) : file_(file), task_(task) {}

  void set_box(char box);
  void set_title(std::string_view title);  // already escaped
  void set_field(std::string_view key,
                 std::string_view value);  // "" takes every field of that key away
  void add_note(std::string_view text, std::string_view eol);  // see clean_note

  // Sorted.
  std::vector<Splice> take();

 private:
  void append_field(std::string_view key, std::string_view value);
  void erase(std::size_t begin,
             std::size_t end);  // offsets in the task's text; takes one blank before it along

  const TaskFile& file_;
  const Task& task_;
  std::vector<Splice> splices_;
  std::string dataview_;  // to be added
  std::string emoji_;
  std::string note_;
};

// " [key:: value]"
std::string dataview(std::string_view key, std::string_view value);

// A note as it stands in Task::notes: line ends are "\n", no blank lines around it, the common
// indentation gone.
std::string clean_note(std::string_view text);

// True where `notes` already ends in the (cleaned) note.
bool ends_in_note(std::string_view notes, std::string_view note);

// `note` (cleaned) as lines, each opened by `eol` and indented by `indent`; blank lines stay empty.
std::string indented(std::string_view note, std::string_view indent, std::string_view eol);

}  // namespace chela::markdown
