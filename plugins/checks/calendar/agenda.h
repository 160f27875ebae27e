// What takes place within a span of time, out of the mirror: one list for all calendars.
#pragma once

#include <string>
#include <vector>

#include "intake.h"

namespace check_calendar {

// One occurrence that counts: not cancelled, not declined, not free.
struct Entry {
  std::string key;  // UID and which occurrence
  std::string uid;
  std::string summary, location, calendar;  // words of others
  Instant start = 0;
  Instant end = 0;  // not included
  bool is_all_day = false;
  bool is_tentative = false;
};

// Sorted by start; of too many those that come first. UIDs whose rule was given up, or that
// different events bear, go into `notes`; of the latter, key and uid tell by the name which it is.
// A series that is too dense for a person, or met a limit, is not in it.
std::vector<Entry> make_agenda(const Mirror& mirror, const Window& window, ZoneBook& zones,
                               Notes& notes);

// The zone definitions that the mirror keeps.
void add_definitions(const Mirror& mirror, ZoneBook& zones);

}  // namespace check_calendar
