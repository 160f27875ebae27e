#include "civil.h"

#include <chrono>
#include <cstdio>

namespace check_calendar {
namespace {

// Exactly `size` digits at `at`, or -1.
int digits(std::string_view text, std::size_t at, std::size_t size) {
  if (at + size > text.size()) return -1;
  int value = 0;
  for (std::size_t i = at; i < at + size; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

}  // namespace

Day day_of(const Date& date) {
  using namespace std::chrono;
  return sys_days(year(date.year) / month(static_cast<unsigned>(date.month)) /
                  day(static_cast<unsigned>(date.day)))
      .time_since_epoch()
      .count();
}

Date date_of(Day day) {
  using namespace std::chrono;
  const year_month_day date{sys_days(days(day))};
  return {static_cast<int>(date.year()), static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day()))};
}

bool is_leap(int year) {
  return std::chrono::year(year).is_leap();
}

int days_in_month(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : kDays[month - 1];
}

int weekday_of(Day day) {
  return static_cast<int>(floor_mod(day + 3, 7));  // 1970-01-01 was a Thursday
}

std::optional<Day> parse_basic_date(std::string_view text) {
  if (text.size() != 8) return std::nullopt;
  const Date date{digits(text, 0, 4), digits(text, 4, 2), digits(text, 6, 2)};
  if (date.year < 1 || date.month < 1 || date.month > 12 || date.day < 1) return std::nullopt;
  if (date.day > days_in_month(date.year, date.month)) return std::nullopt;
  return day_of(date);
}

std::optional<Local> parse_basic_time(std::string_view text) {
  if (text.size() != 15 || text[8] != 'T') return std::nullopt;
  const auto day = parse_basic_date(text.substr(0, 8));
  const int hour = digits(text, 9, 2);
  const int minute = digits(text, 11, 2);
  const int second = digits(text, 13, 2);
  if (!day || hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  if (second < 0 || second > 60) return std::nullopt;
  // Without leap seconds, 60 is the same as 59 (RFC 5545, 3.3.12).
  return *day * kDaySeconds + hour * kHour + minute * kMinute + (second == 60 ? 59 : second);
}

std::string format_basic_date(Day day) {
  const Date date = date_of(day);
  char text[24];
  std::snprintf(text, sizeof text, "%04d%02d%02d", date.year, date.month, date.day);
  return text;
}

std::string format_basic_time(Local local) {
  const int second = static_cast<int>(second_of_day(local));
  char text[24];
  std::snprintf(text, sizeof text, "T%02d%02d%02d", second / 3600, second / 60 % 60, second % 60);
  return format_basic_date(day_of_local(local)) + text;
}

std::string show_day(Day day) {
  static constexpr const char* kDays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const Date date = date_of(day);
  return std::string(kDays[weekday_of(day)]) + " " + std::to_string(date.day) + " " +
         kMonths[date.month - 1];
}

std::string show_clock(Local local) {
  const int second = static_cast<int>(second_of_day(local));
  char text[24];
  std::snprintf(text, sizeof text, "%02d:%02d", second / 3600, second / 60 % 60);
  return text;
}

}  // namespace check_calendar
