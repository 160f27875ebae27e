// What the fuzz targets share: claims that end the run, choices taken from the input, JSON compared
// by meaning.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "chela/json.h"
#include "chela/utf8.h"

// libFuzzer calls it with one input, replay.cpp with each stored one. A target never returns
// anything but 0: a broken claim aborts.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace chela::fuzz {

inline void require(bool holds, std::string_view claim, std::string_view shown = "") {
  if (holds) return;
  std::fprintf(stderr, "BROKEN: %.*s\n%.*s\n", static_cast<int>(claim.size()), claim.data(),
               static_cast<int>(shown.size()), shown.data());
  std::abort();
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// The first byte of `text`, taken off it: which of several things to do. 0 where none is left.
inline unsigned choose(std::string_view& text) {
  if (text.empty()) return 0;
  const auto first = static_cast<unsigned char>(text.front());
  text.remove_prefix(1);
  return first;
}

// The bytes before the next 0xFF, which no UTF-8 has, taken off `text` together with it.
inline std::string_view part_of(std::string_view& text) {
  const auto end = std::min(text.find('\xff'), text.size());
  const auto part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

// Fit for a terminal: UTF-8 without control characters but line ends.
inline bool is_printable(std::string_view text) {
  for (const char c : text) {
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f) return false;
  }
  return is_utf8(text);
}

// Equal as documents. Doubles may differ in their last digits: Boost.JSON 1.81 reads them fast
// rather than exactly.
inline bool is_same(const json::value& a, const json::value& b) {
  if (a.is_number() && b.is_number()) {
    if (!a.is_double() && !b.is_double()) return a == b;
    const auto x = a.to_number<double>(), y = b.to_number<double>();
    return x == y || std::fabs(x - y) <= 1e-12 * std::fabs(x);
  }
  if (a.kind() != b.kind()) return false;
  if (a.is_array()) {
    const auto &x = a.get_array(), &y = b.get_array();
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), is_same);
  }
  if (!a.is_object()) return a == b;
  if (a.get_object().size() != b.get_object().size()) return false;
  for (const auto& [key, value] : a.get_object()) {
    const auto* other = b.get_object().if_contains(key);
    if (other == nullptr || !is_same(value, *other)) return false;
  }
  return true;
}

}  // namespace chela::fuzz
