// Points in time and spans as people write and read them.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "chela/result.h"

namespace chela {

using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;  // wall clock, UTC
using Duration = std::chrono::milliseconds;

namespace internal {
struct DurationUnit {
  std::string_view name;
  Duration length;
};
inline constexpr std::array<DurationUnit, 5> kDurationUnits{{{"d", std::chrono::hours(24)},
                                                             {"h", std::chrono::hours(1)},
                                                             {"m", std::chrono::minutes(1)},
                                                             {"s", std::chrono::seconds(1)},
                                                             {"ms", std::chrono::milliseconds(1)}}};
inline constexpr Duration kLongestDuration = std::chrono::hours(24) * 366 * 100;
}  // namespace internal

// "500ms", "90s", "30m", "4h", "2d", "1h30m"; no sign, no blanks, no bare numbers, at most 100
// years. invalid_argument names the text and what is wanted.
inline Result<Duration> parse_duration(std::string_view text) {
  const auto refuse = [&] {
    return fail(ErrorCode::invalid_argument, "'" + std::string(text.substr(0, 100)) +
                                                 "' is not a duration; wanted a form like 30m, 4h, "
                                                 "1h30m or 2d");
  };
  Duration total{0};
  Duration last_unit = Duration::max();
  std::string_view rest = text;
  if (rest.empty()) return refuse();
  while (!rest.empty()) {
    std::int64_t count = 0;
    const auto number = std::from_chars(rest.data(), rest.data() + rest.size(), count);
    if (number.ec != std::errc() || rest.front() == '-') return refuse();
    rest.remove_prefix(static_cast<std::size_t>(number.ptr - rest.data()));
    const auto unit_size = std::min(rest.find_first_of("0123456789"), rest.size());
    const auto unit_name = rest.substr(0, unit_size);
    const auto* unit =
        std::find_if(internal::kDurationUnits.begin(), internal::kDurationUnits.end(),
                     [&](const internal::DurationUnit& u) { return u.name == unit_name; });
    // Units fall from long to short, so "30m2h" is a slip rather than a sum.
    if (unit == internal::kDurationUnits.end() || unit->length >= last_unit) return refuse();
    if (count > internal::kLongestDuration / unit->length) return refuse();
    last_unit = unit->length;
    total += count * unit->length;
    rest.remove_prefix(unit_size);
  }
  return total;
}

// The shortest form that parse_duration reads back: 90 s -> "1m30s", 0 -> "0s".
inline std::string format_duration(Duration duration) {
  if (duration <= Duration::zero()) return "0s";
  std::string text;
  for (const auto& unit : internal::kDurationUnits) {
    const auto count = duration / unit.length;
    if (count == 0) continue;
    text += std::to_string(count);
    text += unit.name;
    duration -= count * unit.length;
  }
  return text;
}

// For people, at most two units: "3 days 4 h", "5 min 2 s", "12 s".
inline std::string describe_duration(Duration duration) {
  using namespace std::chrono;
  if (duration < seconds(1)) {
    return std::to_string(std::max<std::int64_t>(duration.count(), 0)) + " ms";
  }
  const auto pair = [](std::int64_t big, const char* big_name, std::int64_t small,
                       const char* small_name) {
    std::string text = std::to_string(big) + " " + big_name;
    if (small != 0) text += " " + std::to_string(small) + " " + small_name;
    return text;
  };
  const std::int64_t day = duration / hours(24);
  const std::int64_t hour = duration / hours(1) % 24;
  const std::int64_t minute = duration / minutes(1) % 60;
  const std::int64_t second = duration / seconds(1) % 60;
  if (day != 0) return pair(day, day == 1 ? "day" : "days", hour, "h");
  if (hour != 0) return pair(hour, "h", minute, "min");
  if (minute != 0) return pair(minute, "min", minute < 10 ? second : 0, "s");
  return std::to_string(second) + " s";
}

}  // namespace chela
