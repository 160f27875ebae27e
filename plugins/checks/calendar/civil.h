// Days, and what a clock on the wall shows, as plain numbers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace check_calendar {

using Day = std::int64_t;      // since 1970-01-01
using Local = std::int64_t;    // seconds that a wall clock shows, from 1970-01-01T00:00:00 there
using Instant = std::int64_t;  // seconds since 1970-01-01T00:00:00Z

inline constexpr std::int64_t kMinute = 60;
inline constexpr std::int64_t kHour = 3600;
inline constexpr std::int64_t kDaySeconds = 86400;

struct Date {
  int year = 1970;
  int month = 1;  // 1..12
  int day = 1;
  friend bool operator==(const Date&, const Date&) = default;
};

// Division that rounds down, also below zero.
constexpr std::int64_t floor_div(std::int64_t value, std::int64_t by) {
  return value / by - (value % by != 0 && (value % by < 0) != (by < 0) ? 1 : 0);
}
constexpr std::int64_t floor_mod(std::int64_t value, std::int64_t by) {
  return value - floor_div(value, by) * by;
}

Day day_of(const Date& date);
Date date_of(Day day);
bool is_leap(int year);
int days_in_month(int year, int month);
// 0 = Monday .. 6 = Sunday.
int weekday_of(Day day);
constexpr Day day_of_local(Local local) {
  return floor_div(local, kDaySeconds);
}
constexpr std::int64_t second_of_day(Local local) {
  return floor_mod(local, kDaySeconds);
}

// "20261128" / "20261128T093000"; nullopt where it is none, or no day of the calendar.
std::optional<Day> parse_basic_date(std::string_view text);
std::optional<Local> parse_basic_time(std::string_view text);
std::string format_basic_date(Day day);
std::string format_basic_time(Local local);

// For people: "Sat 28 Nov", "09:30".
std::string show_day(Day day);
std::string show_clock(Local local);

}  // namespace check_calendar
