// How times and names of events are written for a person.
#pragma once

#include <cstddef>
#include <string>

#include "agenda.h"

namespace check_calendar {

// "today 09:30-10:00", "tomorrow, all day", "Mon 30 Nov 23:00 to Tue 1 Dec 01:00".
std::string show_when(Instant start, Instant end, bool is_all_day, Instant now, const Zone& zone);
// One harmless line; "(without a name)" where there is none.
std::string show_summary(const std::string& summary, std::size_t most_bytes = 120);
// "09:30-10:00 Standup (work)", with "tomorrow " before it where it is not on `today`.
std::string show_brief(const Entry& entry, Day today, const Zone& zone);
// A line of its own, "" where nothing is known.
std::string as_of(const std::string& text);

}  // namespace check_calendar
