// Where in a file a task of a given state goes.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "task_file.h"

namespace chela::markdown {

// Behind which line a block goes, and what must be written around it.
struct Place {
  static constexpr std::size_t kTop = static_cast<std::size_t>(-1);
  std::size_t after_line = kTop;  // kTop = before the first line
  std::string heading;            // "## Blocked" where the section is still missing
  bool blank_before = false;
  bool blank_after = false;
};

// Places to try, best first, for a task that stands in section `from` (nothing = a new task). A
// section that says the state under the same headings as `from` comes first; missing sections
// follow in the order Queue, In Progress, Blocked, Done. Where no heading says a state at all, a
// queued task goes behind the last one.
std::vector<Place> places_for(const TaskFile& file, State state, std::optional<std::size_t> from);

// True where a task with this state need not move: its section says so already.
bool section_fits(const Section& section, State state);

// The line end that a line written behind `after_line` takes: that of its neighbour, "\n" in an
// empty file.
std::string eol_behind(const TaskFile& file, std::size_t after_line);

}  // namespace chela::markdown
