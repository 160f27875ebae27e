// Points in time as trading services write them, and New York's clock, which markets keep.
#pragma once

#include <chela/duration.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace trading {

using chela::Duration;
using chela::Timestamp;

// RFC 3339: "2026-11-27T09:30:00.123456789-05:00", "...Z". nullopt where it is none.
std::optional<Timestamp> parse_time(std::string_view text);

// The Date header of HTTP: "Sat, 28 Nov 2026 04:57:50 GMT". nullopt where it is none.
std::optional<Timestamp> parse_http_date(std::string_view text);

// RFC 3339 in UTC without fractions: "2026-11-27T14:30:00Z".
std::string format_time(Timestamp time);

// New York's time without a time zone database: the rule of the United States since 2007, summer
// time (UTC-4) from the second Sunday of March to the first of November, 2:00 local time, else
// UTC-5.
struct EasternTime {
  std::int64_t day = 0;  // days since 1970-01-01, local
  int weekday = 0;       // 0 = Sunday
  int minute = 0;        // since local midnight
};
Duration eastern_offset(Timestamp time);
EasternTime eastern(Timestamp time);
// When a local time is; in the hour that comes twice, the first, and in the one that is left out,
// an hour later.
Timestamp from_eastern(std::int64_t day, int minute);

std::string format_day(std::int64_t day);  // "2026-11-27"
std::optional<std::int64_t> parse_day(std::string_view text);
std::string describe_eastern(Timestamp time);  // "Fri 27 Nov 09:30 ET"

// Monday to Friday, 9:30 to 16:00 in New York; holidays and half days are not known here.
bool is_regular_session(Timestamp time);
// Kalshi's announced maintenance: Thursday 3:00 to 5:00 in New York.
bool is_planned_maintenance(Timestamp time);

}  // namespace trading
