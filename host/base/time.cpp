#include "base/time.h"

#include "chela/time.h"

namespace chela::base {
namespace {

using namespace std::chrono;

// Reads exactly `digits` decimal digits at `at` and moves it; -1 when they are not there.
int read_digits(std::string_view text, std::size_t& at, std::size_t digits) {
  if (at + digits > text.size()) return -1;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    const char c = text[at + i];
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  at += digits;
  return value;
}

bool skip(std::string_view text, std::size_t& at, std::string_view any_of) {
  if (at >= text.size() || any_of.find(text[at]) == std::string_view::npos) return false;
  ++at;
  return true;
}

}  // namespace

Timestamp now() {
  return time_point_cast<milliseconds>(system_clock::now());
}

std::string format_utc(Timestamp time) {
  return chela::format_utc(time);
}

Result<Timestamp> parse_utc(std::string_view text) {
  const auto refuse = [&] {
    return fail(ErrorCode::invalid_argument, "'" + std::string(text) +
                                                 "' is not a time; wanted a form like "
                                                 "2026-11-22T05:40:11Z");
  };
  std::size_t at = 0;
  const int y = read_digits(text, at, 4);
  if (y < 0 || !skip(text, at, "-")) return refuse();
  const int mon = read_digits(text, at, 2);
  if (mon < 0 || !skip(text, at, "-")) return refuse();
  const int d = read_digits(text, at, 2);
  const year_month_day date(year(y), month(static_cast<unsigned>(mon)),
                            day(static_cast<unsigned>(d)));
  if (d < 0 || !date.ok()) return refuse();
  Timestamp time = sys_days(date);
  if (at == text.size()) return time;
  if (!skip(text, at, "T ")) return refuse();
  const int h = read_digits(text, at, 2);
  if (h < 0 || h > 23 || !skip(text, at, ":")) return refuse();
  const int min = read_digits(text, at, 2);
  if (min < 0 || min > 59 || !skip(text, at, ":")) return refuse();
  const int s = read_digits(text, at, 2);
  if (s < 0 || s > 60) return refuse();
  time += hours(h) + minutes(min) + seconds(s);
  if (skip(text, at, ".")) {
    int scale = 100;
    for (int digit = read_digits(text, at, 1); digit >= 0; digit = read_digits(text, at, 1)) {
      time += milliseconds(digit * scale);
      scale /= 10;
    }
  }
  if (skip(text, at, "Zz")) return at == text.size() ? Result<Timestamp>(time) : refuse();
  if (at == text.size()) return refuse();
  const int sign = text[at] == '+' ? 1 : text[at] == '-' ? -1 : 0;
  if (sign == 0) return refuse();
  ++at;
  const int oh = read_digits(text, at, 2);
  skip(text, at, ":");
  const int om = read_digits(text, at, 2);
  if (oh < 0 || om < 0 || at != text.size()) return refuse();
  return time - sign * (hours(oh) + minutes(om));
}

}  // namespace chela::base
