// The hours of a day in which a check may run.
#pragma once

#include <chrono>
#include <string>

#include "heartbeat/zone.h"

namespace chela::heartbeat {

// From `from_minute` to `to_minute` of each local day, the end excluded. to < from runs over
// midnight; equal means the whole day, counted from that minute.
struct Window {
  int from_minute = 0;  // 0..1439
  int to_minute = 0;    // 0..1440
  Zone zone;
  friend bool operator==(const Window&, const Window&) = default;
};

// One opening: start <= time < end.
struct Occurrence {
  std::chrono::local_days day;  // the local day on which it opens
  Timestamp start;
  Timestamp end;
  friend bool operator==(const Occurrence&, const Occurrence&) = default;
};

// "09:00" -> 540; "24:00" is allowed for ends. invalid_argument names the text and what is wanted.
Result<int> parse_minute(std::string_view text);

bool is_whole_day(const Window& window);

// How long it is open on a day without clock changes.
std::chrono::minutes usual_length(const Window& window);

bool is_open(const Window& window, Timestamp now);

// The opening that `now` lies in, or else the next one. Each local day has one, on days of 23 and
// 25 hours too: a skipped start is the first instant after the gap, a start or end that comes twice
// is the earlier one, and a window that lies wholly inside the gap opens after it for its usual
// length. Only a day that a zone skips altogether (Apia, 30 December 2011) has none.
Occurrence occurrence(const Window& window, Timestamp now);

// The same, quicker: `span` is window.zone.span_at() of some time, often near `now`.
Occurrence occurrence(const Window& window, Timestamp now, const OffsetSpan& span);

// The opening of `day`, or the first later one where that day does not exist.
Occurrence occurrence_on(const Window& window, std::chrono::local_days day);

// "09:00-21:00 Europe/Berlin"
std::string describe(const Window& window);

}  // namespace chela::heartbeat
