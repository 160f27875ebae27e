// A TASKS.md taken apart: sections, tasks and their byte offsets. Reading never fails and never
// normalises.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "fields.h"
#include "lines.h"

namespace chela::markdown {

enum class State { queue, in_progress, blocked, done, cancelled };
const char* to_string(State state);  // "queue", "in_progress", ...
std::optional<State> parse_state(std::string_view name);

// What a heading's text says: "In Flight", "✅ Done (12)", "**Waiting for**:"; nothing where it is
// no state.
std::optional<State> state_of_heading(std::string_view text);

// A heading and what follows it up to the next heading. sections[0] is what stands before the first
// heading.
struct Section {
  std::string name;
  int level = 0;               // 1-6; 0 for sections[0]
  std::optional<State> own;    // what this heading says
  std::optional<State> state;  // the same, or that of the nearest heading above it that says one
  std::size_t parent = 0;      // index of the section around it
  std::size_t first_line = 0;  // the heading's line; 0 for sections[0]
  std::size_t body_line = 0;   // the first line behind the heading
  std::size_t end_line = 0;    // one past its last line
};

// One task line with the lines that are indented deeper (its block). Offsets are bytes of the file.
struct Task {
  // As written, "" where the line has none.
  std::string id;
  // How to name this task: `id`, or six characters derived from the title where the line has no id
  // or where an earlier line has the same. It becomes the id when the line is first edited.
  std::string handle;
  std::string title;
  State state = State::queue;
  std::string priority = "none";  // none, low, medium, high
  std::string needs;              // "human" or ""
  std::string notes;  // the block below the line, without its indentation, lines end in "\n"
  std::string created;
  std::string updated;
  std::string completion;
  std::string owner;
  std::vector<std::pair<std::string, std::string>>
      other_fields;  // due, depends, and every key we do not know

  std::size_t line = 0;       // index into TaskFile::lines; the line number is this + 1
  std::size_t last_line = 0;  // the last line of the block that is not blank
  std::size_t section = 0;
  std::size_t indent = 0;          // columns before the marker
  std::size_t content_indent = 0;  // columns that our own notes are indented by
  std::size_t box = 0;             // offset of the character between the brackets
  std::size_t text_begin = 0;      // offset of the text behind the box; `text` counts from here
  LineText text;
};

struct TaskFile {
  std::string bytes;
  std::vector<Line> lines;
  std::vector<Section> sections;
  std::vector<Task> tasks;
  // The line where a fence or comment opens that nothing closes; lines.size() where there is none.
  std::size_t open_tail = 0;

  std::string_view text_of(std::size_t line) const;
  const Task* find(std::string_view handle) const;
};

// Any bytes: LF, CRLF, CR, mixed, byte order mark, invalid UTF-8. Headings are states (design: the
// heading is the state); a box says more where it is further along: [x] done, [-] cancelled, [/] in
// progress, [h] and [!] blocked. Fences, HTML comments, block quotes, front matter and indented
// code hold no tasks.
TaskFile parse(std::string bytes);

}  // namespace chela::markdown
