// What is new, was moved or no longer takes place since the last look.
#pragma once

#include <string>
#include <vector>

#include "intake.h"

namespace check_calendar {

// One series that changed, told by its nearest occurrence.
struct Change {
  enum class Kind { added, moved, gone };
  Kind kind = Kind::added;
  std::string key;                // stable: the UID, what changed, and since when
  std::string summary, calendar;  // words of others
  Instant old_start = 0;          // of moved and gone
  Instant old_end = 0;
  Instant start = 0;  // of added and moved
  Instant end = 0;
  bool is_all_day = false;
  std::size_t others = 0;  // further occurrences of the same series
};

// Calendars that were not complete before are a baseline: nothing in them is new. What lies in the
// past, or more than 400 days ahead, is no news, and neither is what the person declined.
// `last_look` is when `before` was taken: what is moved, moved back and moved again is news each
// time, and what is compared once more (a run that broke off) is not.
std::vector<Change> changes_between(const Mirror& before, const Mirror& after, Instant last_look,
                                    Instant now, ZoneBook& zones, const Notes& notes);

}  // namespace check_calendar
