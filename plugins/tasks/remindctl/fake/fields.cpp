#include "fields.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace fake_remindctl {
namespace {

std::string utc_text(std::time_t time) {
  std::tm utc{};
  ::gmtime_r(&time, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text.data();
}

// Minutes east of UTC of "Z", "+01:00" or "-0830".
std::optional<int> read_offset(const std::string& text) {
  if (text == "Z") return 0;
  int hours = 0, minutes = 0;
  char sign = 0, end = 0;
  const bool is_offset =
      std::sscanf(text.c_str(), "%c%2d:%2d%c", &sign, &hours, &minutes, &end) == 3 ||
      std::sscanf(text.c_str(), "%c%2d%2d%c", &sign, &hours, &minutes, &end) == 3;
  if (!is_offset || (sign != '+' && sign != '-')) return std::nullopt;
  return (hours * 60 + minutes) * (sign == '-' ? -1 : 1);
}

}  // namespace

std::optional<Date> read_date(const std::string& text, int zone_minutes) {
  std::tm parts{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%d", &parts);
  if (rest == nullptr) return std::nullopt;
  if (*rest == '\0') return Date{utc_text(::timegm(&parts) - zone_minutes * 60), true};
  rest = ::strptime(rest, "T%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  if (*rest == '.') {
    do {
      ++rest;
    } while (*rest >= '0' && *rest <= '9');
  }
  const auto offset = read_offset(rest);
  if (!offset) return std::nullopt;
  return Date{utc_text(::timegm(&parts) - *offset * 60), false};
}

std::string url_line(const std::string& url) {
  return "remindctl URL (managed): " + url;
}

std::string without_url_line(const std::string& notes, const std::string& url) {
  const std::string line = url_line(url);
  if (notes == line) return "";
  if (notes.ends_with("\n\n" + line)) return notes.substr(0, notes.size() - line.size() - 2);
  std::string kept, one;
  for (std::size_t at = 0; at < notes.size(); at += one.size()) {
    const auto end = notes.find('\n', at);
    one = notes.substr(at, end == notes.npos ? end : end + 1 - at);
    const auto first = one.find_first_not_of(" \t"), last = one.find_last_not_of(" \t\n");
    const bool is_it =
        first != one.npos && first <= last && one.substr(first, last + 1 - first) == line;
    if (!is_it) kept += one;
  }
  return kept;
}

}  // namespace fake_remindctl
