#include "heartbeat/window.h"

#include <array>
#include <cstdio>

namespace chela::heartbeat {
namespace {

using namespace std::chrono;

bool ends_next_day(const Window& window) {
  return window.to_minute <= window.from_minute;
}

// The opening of one existing local day.
Occurrence open_on(const Window& window, local_days day) {
  Occurrence found{
      day, window.zone.from_local(day, window.from_minute),
      window.zone.from_local(ends_next_day(window) ? day + days(1) : day, window.to_minute)};
  if (found.end <= found.start) found.end = found.start + usual_length(window);
  return found;
}

bool exists(const Zone& zone, local_days day) {
  return zone.from_local(day, 0) < zone.from_local(day + days(1), 0);
}

// The opening among yesterday's, today's and the following days' that ends after `now`.
Occurrence search(const Window& window, Timestamp now) {
  local_days day = window.zone.to_local(now).day - days(1);
  while (true) {
    if (exists(window.zone, day)) {
      const Occurrence found = open_on(window, day);
      if (now < found.end) return found;
    }
    day += days(1);
  }
}

}  // namespace

Result<int> parse_minute(std::string_view text) {
  const auto digit = [&](std::size_t i) {
    return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : -1;
  };
  if (text.size() == 5 && text[2] == ':' && digit(0) >= 0 && digit(1) >= 0 && digit(3) >= 0 &&
      digit(4) >= 0) {
    const int hour = digit(0) * 10 + digit(1);
    const int minute = digit(3) * 10 + digit(4);
    if (minute < 60 && (hour < 24 || (hour == 24 && minute == 0))) return hour * 60 + minute;
  }
  return fail(ErrorCode::invalid_argument, "'" + std::string(text.substr(0, 100)) +
                                               "' is not a time of day; wanted a form like 08:00, "
                                               "from 00:00 to 24:00");
}

bool is_whole_day(const Window& window) {
  return usual_length(window) == hours(24);
}

minutes usual_length(const Window& window) {
  const int length = window.to_minute - window.from_minute;
  return minutes(length > 0 ? length : length + 1440);
}

bool is_open(const Window& window, Timestamp now) {
  return occurrence(window, now).start <= now;
}

Occurrence occurrence(const Window& window, Timestamp now) {
  return occurrence(window, now, window.zone.span_at(now));
}

Occurrence occurrence(const Window& window, Timestamp now, const OffsetSpan& span) {
  // Two days off any clock change, yesterday, today and tomorrow are plain sums.
  if (now - span.begin < days(3) || span.end - now < days(3)) return search(window, now);
  const auto today = floor<days>(now + span.offset);
  const Timestamp midnight = today - span.offset;
  const local_days day(today.time_since_epoch());
  const auto length = usual_length(window);
  for (int i = -1; i <= 1; ++i) {
    const Timestamp start = midnight + days(i) + minutes(window.from_minute);
    if (now < start + length) return {day + days(i), start, start + length};
  }
  return search(window, now);
}

Occurrence occurrence_on(const Window& window, local_days day) {
  while (!exists(window.zone, day)) day += days(1);
  return open_on(window, day);
}

std::string describe(const Window& window) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d-%02d:%02d ", window.from_minute / 60,
                window.from_minute % 60, window.to_minute / 60, window.to_minute % 60);
  return text.data() + window.zone.name();
}

}  // namespace chela::heartbeat
