// All events of one UID, and when they take place within a window: rules, extra and excluded dates,
// occurrences that were replaced.
#pragma once

#include <string>
#include <vector>

#include "event.h"
#include "expand.h"
#include "zone_book.h"

namespace check_calendar {

struct Series {
  std::vector<Event> masters{};       // usually one
  std::vector<Event> replacements{};  // with RECURRENCE-ID
};

// Of two that stand for the same, the one with the higher SEQUENCE stays, else the later. Two of
// one start and SEQUENCE but with different names are two: some programs give all events one UID.
Series make_series(std::vector<Event> events);

struct Window {
  Instant from = 0;
  Instant to = 0;
};

struct Occurrence {
  const Event* event = nullptr;  // lives as long as the series
  // Which of the series: where the rule put it, "20261128T083000Z" or a date. "" where it does not
  // repeat.
  std::string id{};
  Instant start = 0;  // of a whole day: midnight in the user's zone
  Instant end = 0;    // not included
  bool is_all_day = false;
};

// More of one series within 24 hours are nobody's: a reminder every half hour, day and night,
// is 48.
constexpr std::size_t kMostPerDay = 50;

struct Occurrences {
  std::vector<Occurrence> list{};  // by start
  bool is_complete = true;         // false: a limit was met, or a rule could not be read
  bool is_cut = false;             // a limit of the expansion was met
  bool is_dense = false;           // more than kMostPerDay of `list` lie within 24 hours
  std::int64_t steps = 0;
};

// Those that overlap the window; one without length where it begins. Cancelled, declined and free
// ones are among them: `event` tells.
Occurrences occurrences_of(const Series& series, const Window& window, ZoneBook& zones,
                           const ExpandLimits& limits);

// Whether anything of it can still take place after `now`, and does count. What it costs to know is
// taken from `steps_left`; where nothing is left, a rule that is not answered at once is taken to
// go on.
bool is_ahead(const Series& series, Instant now, ZoneBook& zones, std::int64_t& steps_left);

// Leaves out what is over: replacements, extra and excluded dates whose occurrences ended before
// `before`.
void drop_past(Series& series, Instant before, ZoneBook& zones);

}  // namespace check_calendar
