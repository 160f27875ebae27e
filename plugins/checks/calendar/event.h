// One VEVENT as a value: what matters for when it is and whether it counts.
#pragma once

#include <chela/result.h>

#include <optional>
#include <string>
#include <vector>

#include "civil.h"
#include "ical.h"

namespace check_calendar {

// A point in time as a calendar writes it.
struct When {
  enum class Form { date, floating, utc, zoned };
  Form form = Form::floating;
  Local local = 0;     // midnight for a date
  std::string zone{};  // the TZID, for zoned

  bool is_date() const { return form == Form::date; }
  friend bool operator==(const When&, const When&) = default;
};

// DURATION: days go by the calendar, seconds by the clock.
struct Span {
  std::int64_t days = 0;
  std::int64_t seconds = 0;
  friend bool operator==(const Span&, const Span&) = default;
};

// RDATE; a PERIOD has its own end or length.
struct ExtraStart {
  When start;
  std::optional<When> end{};
  std::optional<Span> length{};
};

struct Event {
  std::string uid;
  std::string summary{}, location{};
  When start{};
  std::optional<When> end{};
  std::optional<Span> length{};
  std::vector<std::string> rules{}, excluded_rules{};  // RRULE, EXRULE
  std::vector<ExtraStart> extra{};                     // RDATE
  std::vector<When> excluded{};                        // EXDATE
  std::optional<When> recurrence{};                    // RECURRENCE-ID: it replaces this occurrence
  bool replaces_later_ones = false;                    // RANGE=THISANDFUTURE
  std::int64_t sequence = 0;
  bool is_cancelled = false;
  bool is_declined = false;  // by the person whose calendar it is
  bool is_free = false;      // TRANSPARENT: it takes no time
  bool is_tentative = false;

  bool repeats() const { return !rules.empty() || !extra.empty(); }
  bool counts() const { return !is_cancelled && !is_declined && !is_free; }
};

// `own_addresses`: lower case, without mailto:. invalid_argument where it has no usable start.
chela::Result<Event> read_event(const Component& component,
                                const std::vector<std::string>& own_addresses);

// The same event as short iCalendar text, which read_event() understands: without descriptions,
// attendees and alarms, long texts cut.
std::string write_event(const Event& event);

}  // namespace check_calendar
