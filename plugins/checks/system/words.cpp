#include "words.h"

#include <chela/duration.h>
#include <chela/utf8.h>

#include <chrono>
#include <cstdio>

namespace check_system {

std::string gib(std::uint64_t bytes) {
  const auto tenths = bytes * 10 / (1u << 30);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GiB";
}

std::string bytes(std::uint64_t bytes) {
  constexpr const char* kUnits[] = {" KiB", " MiB", " GiB", " TiB"};
  if (bytes < 1024) return std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
  std::size_t unit = 0;
  auto tenths = bytes / 1024 * 10 + bytes % 1024 * 10 / 1024;
  for (; tenths >= 10240 && unit < 3; ++unit) tenths /= 1024;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + kUnits[unit];
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

std::string shown(std::string_view text, std::size_t most) {
  const std::string clean = chela::replace_invalid_utf8(text.substr(0, most));
  std::string line;
  for (std::size_t i = 0; i < clean.size();) {
    const auto at = [&](std::size_t k) { return static_cast<unsigned char>(clean[i + k]); };
    if (at(0) < 0x20 || at(0) == 0x7f) {
      line += at(0) == '\t' || at(0) == '\n' ? ' ' : '?';
      i += 1;
    } else if (at(0) == 0xc2 && at(1) < 0xa0) {  // C1
      line += '?';
      i += 2;
    } else if (at(0) == 0xe2 && ((at(1) == 0x80 && (at(2) == 0x8e || at(2) == 0x8f ||
                                                    (at(2) >= 0xa8 && at(2) <= 0xae))) ||
                                 (at(1) == 0x81 && at(2) >= 0xa6 && at(2) <= 0xa9))) {
      line += '?';
      i += 3;
    } else {
      line += clean[i++];
    }
  }
  return text.size() > most ? line + "..." : line;
}

bool matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0, n = 0, star = std::string_view::npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::string hash_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  std::string digits;
  for (int shift = 60; shift >= 0; shift -= 4) digits += "0123456789abcdef"[(hash >> shift) & 15];
  return digits;
}

}  // namespace check_system
