#include "wording.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace weather {

std::string figure(double value) {
  const double rounded = std::round(value * 10) / 10;
  if (std::abs(rounded) >= 1e9) return "?";
  std::array<char, 32> text{};
  const bool is_whole = rounded == std::trunc(rounded);
  std::snprintf(text.data(), text.size(), is_whole ? "%.0f" : "%.1f", rounded + 0.0);
  return std::string(text.data()) == "-0" ? "0" : text.data();
}

std::string clock_time(chela::Timestamp time, chela::Timestamp now, chela::Duration utc_offset) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  const auto day = std::chrono::floor<std::chrono::days>(time + utc_offset);
  const auto today = std::chrono::floor<std::chrono::days>(now + utc_offset);
  const auto minutes =
      std::chrono::duration_cast<std::chrono::minutes>(time + utc_offset - day).count();
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%02d:%02d", static_cast<int>(minutes / 60),
                static_cast<int>(minutes % 60));
  if (day == today) return text.data();
  if (day == today + std::chrono::days(1)) return std::string("tomorrow ") + text.data();
  return std::string(kDays[std::chrono::weekday(day).c_encoding()]) + " " + text.data();
}

}  // namespace weather
