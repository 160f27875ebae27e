#include "moments.h"

#include <array>
#include <charconv>

namespace trading {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kWeekdays{"Sun", "Mon", "Tue", "Wed",
                                                    "Thu", "Fri", "Sat"};

// Takes a number of exactly `digits` digits from the front of `text`; -1 where there is none.
int take_number(std::string_view& text, std::size_t digits) {
  int number = 0;
  if (text.size() < digits) return -1;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    number = number * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

std::optional<sys_days> make_day(int y, int m, int d) {
  if (y < 1970 || m < 1 || d < 1) return std::nullopt;
  const year_month_day date{year(y), month(static_cast<unsigned>(m)),
                            day(static_cast<unsigned>(d))};
  if (!date.ok()) return std::nullopt;
  return sys_days(date);
}

std::optional<Duration> take_clock(std::string_view& text) {
  const int hour = take_number(text, 2);
  if (!take(text, ":")) return std::nullopt;
  const int minute = take_number(text, 2);
  if (!take(text, ":")) return std::nullopt;
  const int second = take_number(text, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
    return std::nullopt;
  return hours(hour) + minutes(minute) + seconds(second);
}

// ".123456789", of which milliseconds are kept.
Duration take_fraction(std::string_view& text) {
  if (text.size() < 2 || text.front() != '.') return Duration(0);
  text.remove_prefix(1);
  std::int64_t milliseconds = 0, weight = 100;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    milliseconds += (text.front() - '0') * weight;
    weight /= 10;
    text.remove_prefix(1);
  }
  return Duration(milliseconds);
}

std::optional<Duration> parse_zone(std::string_view text) {
  if (text == "Z" || text == "z") return Duration(0);
  if (text.size() != 6 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const bool is_west = text[0] == '-';
  text.remove_prefix(1);
  const int hour = take_number(text, 2);
  if (!take(text, ":")) return std::nullopt;
  const int minute = take_number(text, 2);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
  const Duration offset = hours(hour) + minutes(minute);
  return is_west ? -offset : offset;
}

std::string two_digits(int number) {
  return (number < 10 ? "0" : "") + std::to_string(number);
}

sys_days nth_sunday(year y, month m, unsigned n) {
  return sys_days(year_month_weekday(y, m, weekday_indexed(Sunday, n)));
}

}  // namespace

std::optional<Timestamp> parse_time(std::string_view text) {
  const int y = take_number(text, 4);
  if (!take(text, "-")) return std::nullopt;
  const int m = take_number(text, 2);
  if (!take(text, "-")) return std::nullopt;
  const int d = take_number(text, 2);
  const auto date = make_day(y, m, d);
  if (!date || !(take(text, "T") || take(text, "t") || take(text, " "))) return std::nullopt;
  const auto clock = take_clock(text);
  if (!clock) return std::nullopt;
  const Duration fraction = take_fraction(text);
  const auto zone = parse_zone(text);
  if (!zone) return std::nullopt;
  return Timestamp(*date) + *clock + fraction - *zone;
}

std::optional<Timestamp> parse_http_date(std::string_view text) {
  const auto comma = text.find(", ");
  if (comma == std::string_view::npos) return std::nullopt;
  text.remove_prefix(comma + 2);
  const int d = take_number(text, 2);
  if (!take(text, " ")) return std::nullopt;
  int m = 0;
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (text.starts_with(kMonths[i])) m = static_cast<int>(i) + 1;
  }
  if (m == 0) return std::nullopt;
  text.remove_prefix(3);
  if (!take(text, " ")) return std::nullopt;
  const auto date = make_day(take_number(text, 4), m, d);
  if (!date || !take(text, " ")) return std::nullopt;
  const auto clock = take_clock(text);
  if (!clock || text != " GMT") return std::nullopt;
  return Timestamp(*date) + *clock;
}

std::string format_time(Timestamp time) {
  const auto whole = floor<days>(time);
  const auto clock = duration_cast<seconds>(time - whole).count();
  return format_day(whole.time_since_epoch().count()) + "T" +
         two_digits(static_cast<int>(clock / 3600)) + ":" +
         two_digits(static_cast<int>(clock / 60 % 60)) + ":" +
         two_digits(static_cast<int>(clock % 60)) + "Z";
}

Duration eastern_offset(Timestamp time) {
  const year y = year_month_day(floor<days>(time)).year();
  // Both changes are at 2:00 local time: 7:00 UTC out of winter, 6:00 UTC out of summer.
  const Timestamp begin = nth_sunday(y, March, 2) + hours(7);
  const Timestamp end = nth_sunday(y, November, 1) + hours(6);
  return time >= begin && time < end ? -hours(4) : -hours(5);
}

EasternTime eastern(Timestamp time) {
  const Timestamp local = time + eastern_offset(time);
  const auto date = floor<days>(local);
  return {date.time_since_epoch().count(), static_cast<int>(weekday(date).c_encoding()),
          static_cast<int>(duration_cast<minutes>(local - date).count())};
}

Timestamp from_eastern(std::int64_t day, int minute) {
  const Timestamp local = sys_days(days(day)) + minutes(minute);
  const Timestamp in_summer = local + hours(4);
  return eastern_offset(in_summer) == -hours(4) ? in_summer : local + hours(5);
}

std::string format_day(std::int64_t day) {
  const year_month_day date{sys_days(days(day))};
  return std::to_string(static_cast<int>(date.year())) + "-" +
         two_digits(static_cast<int>(static_cast<unsigned>(date.month()))) + "-" +
         two_digits(static_cast<int>(static_cast<unsigned>(date.day())));
}

std::optional<std::int64_t> parse_day(std::string_view text) {
  const int y = take_number(text, 4);
  if (!take(text, "-")) return std::nullopt;
  const int m = take_number(text, 2);
  if (!take(text, "-")) return std::nullopt;
  const auto date = make_day(y, m, take_number(text, 2));
  if (!date || !text.empty()) return std::nullopt;
  return date->time_since_epoch().count();
}

std::string describe_eastern(Timestamp time) {
  const EasternTime local = eastern(time);
  const year_month_day date{sys_days(days(local.day))};
  return std::string(kWeekdays[static_cast<std::size_t>(local.weekday)]) + " " +
         std::to_string(static_cast<unsigned>(date.day())) + " " +
         std::string(kMonths[static_cast<unsigned>(date.month()) - 1]) + " " +
         two_digits(local.minute / 60) + ":" + two_digits(local.minute % 60) + " ET";
}

bool is_regular_session(Timestamp time) {
  const EasternTime local = eastern(time);
  return local.weekday >= 1 && local.weekday <= 5 && local.minute >= 9 * 60 + 30 &&
         local.minute < 16 * 60;
}

bool is_planned_maintenance(Timestamp time) {
  const EasternTime local = eastern(time);
  return local.weekday == 4 && local.minute >= 3 * 60 && local.minute < 5 * 60;
}

}  // namespace trading
