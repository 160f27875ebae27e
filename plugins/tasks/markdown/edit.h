// What can be done to the tasks of a file, as splices; every edit is read back before it is handed
// out.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chela/result.h"
#include "splice.h"
#include "task_file.h"

namespace chela::markdown {

struct NewTask {
  std::string id;  // letters, digits and . _ : / @ + - (the idempotency key); at most 64
  std::string title;
  State state = State::queue;
  std::string priority = "none";
  std::string needs;
  std::string owner;
  std::string notes;  // may have several lines
};

// Absent members stay as they are.
struct Change {
  std::optional<State> state;
  std::optional<std::string> priority;  // none, low, medium, high
  std::optional<std::string> needs;     // human or ""
  std::optional<std::string> title;
  std::optional<std::string> owner;
  std::string note;  // lines to add at the end of the block; "" = none
};

struct Edit {
  std::vector<Splice> splices;  // sorted; empty where everything already is as wanted
  Task task;                    // as it reads after the edit (for remove: before it)
  bool is_created = false;
};

// The three operations. `now` ("2026-11-22T05:40:11Z") becomes updated, its date created and
// completion; "" writes none. All are idempotent: an id that stands in the file, a state, field or
// last note that already is as wanted, gives no splices. invalid_argument names the value;
// not_found names the id; failed_precondition where no place was found that reads back as intended
// without changing another task.
Result<Edit> create(const TaskFile& file, const NewTask& task, std::string_view now);
Result<Edit> update(const TaskFile& file, std::string_view id, const Change& change,
                    std::string_view now);
Result<Edit> remove(const TaskFile& file, std::string_view id);

// What an empty or absent file becomes before its first task.
std::string skeleton(std::string_view eol);

}  // namespace chela::markdown
