// Replaces what is not UTF-8 in foreign text, so that it can travel inside JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace chela {

// Length in bytes of the valid UTF-8 sequence at the start of `text` (no surrogates, no overlong
// forms, at most U+10FFFF), or 0 where there is none.
inline std::size_t utf8_sequence(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  if (first == 0xe0 && byte(1) < 0xa0) return 0;
  if (first == 0xed && byte(1) > 0x9f) return 0;
  if (first == 0xf0 && byte(1) < 0x90) return 0;
  if (first == 0xf4 && byte(1) > 0x8f) return 0;
  return length;
}

namespace internal {

// How many bytes of ASCII `text` begins with, rounded down to a multiple of 8.
inline std::size_t ascii_run(std::string_view text) {
  std::size_t size = 0;
  for (; text.size() - size >= 8; size += 8) {
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data() + size, sizeof bytes);
    if ((bytes & 0x8080808080808080u) != 0) break;
  }
  return size;
}

}  // namespace internal

inline bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    text.remove_prefix(internal::ascii_run(text));
    const auto length = utf8_sequence(text);
    if (length == 0) return text.empty();
    text.remove_prefix(length);
  }
  return true;
}

// Each byte that starts no valid sequence becomes U+FFFD.
inline std::string replace_invalid_utf8(std::string_view text) {
  std::string clean;
  clean.reserve(text.size());
  while (!text.empty()) {
    const auto ascii = internal::ascii_run(text);
    clean += text.substr(0, ascii);
    text.remove_prefix(ascii);
    if (text.empty()) break;
    const auto length = utf8_sequence(text);
    if (length == 0) {
      clean += "\xEF\xBF\xBD";
      text.remove_prefix(1);
      continue;
    }
    clean += text.substr(0, length);
    text.remove_prefix(length);
  }
  return clean;
}

}  // namespace chela
