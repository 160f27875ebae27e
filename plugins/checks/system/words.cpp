#include "words.h"

#include <chela/duration.h>

#include <chrono>
#include <cstdio>

namespace check_system {

std::string gib(std::uint64_t bytes) {
  const auto tenths = bytes * 10 / (1u << 30);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GiB";
}

std::string percent(double value) {
  const auto tenths = static_cast<int>(value * 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

std::string moment(std::int64_t ms) {
  const auto time = chela::Timestamp(chela::Duration(ms));
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::minutes>(time - day));
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d UTC", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()));
  return text;
}

}  // namespace check_system
