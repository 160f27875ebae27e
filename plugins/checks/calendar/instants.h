// What the times of a calendar mean in UTC, and which starts of a series they name.
#pragma once

#include <vector>

#include "event.h"
#include "zone_book.h"

namespace check_calendar {

// The person's zone for dates and floating times.
const Zone& zone_of(const When& when, ZoneBook& zones);
Instant instant_of(const When& when, ZoneBook& zones);

// Starts that EXDATE or RECURRENCE-ID name. A foreign calendar may list thousands of them for
// thousands of starts: looking one up costs a search in a sorted list.
class NamedStarts {
 public:
  NamedStarts(const std::vector<When>& names, ZoneBook& zones);

  // Whether the start that shows `local` in its series' zone is named. Where it or its name is a
  // date, only the day counts.
  bool contain(Local local, Instant instant, bool is_date) const;

 private:
  std::vector<Instant> instants_;          // of names with a time
  std::vector<Day> days_of_dates_, days_;  // of names that are dates, and of all
};

}  // namespace check_calendar
