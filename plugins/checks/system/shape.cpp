#include "shape.h"

#include <algorithm>

#include "words.h"

namespace check_system {
namespace {

constexpr std::size_t kMostBytes = 200;
constexpr std::size_t kShortestId = 8;  // of hexadecimal letters alone: "deadbeef", not "added"

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_hex(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool is_joint(char c) {
  return c == ':' || c == '.' || c == '-';
}

// The length of the address, time or id that `text` begins with, 0 where it begins with none.
std::size_t id_length(std::string_view text) {
  std::size_t size = text.starts_with("0x") || text.starts_with("0X") ? 2 : 0;
  while (size < text.size() && (is_hex(text[size]) || is_joint(text[size]))) ++size;
  if (size < text.size() && is_word(text[size])) return 0;
  while (size > 0 && is_joint(text[size - 1])) --size;  // the end of a sentence
  const auto id = text.substr(0, size);
  const bool has_digit = std::any_of(id.begin(), id.end(), is_digit);
  const bool is_letters = std::all_of(id.begin(), id.end(), is_hex);
  return has_digit || (is_letters && id.size() >= kShortestId) ? size : 0;
}

}  // namespace

std::string shape_of(std::string_view message) {
  const std::string line = shown(message, 4 * kMostBytes);
  std::string_view text = line;
  std::string shape;
  bool is_inside_word = false;
  while (!text.empty() && shape.size() < kMostBytes) {
    const std::size_t size = is_inside_word || !is_word(text.front()) ? 0 : id_length(text);
    if (size > 0) {
      shape += '#';
      text.remove_prefix(size);
      continue;
    }
    const char c = text.front();
    is_inside_word = is_word(c);
    text.remove_prefix(1);
    if (!is_digit(c)) {
      shape += c;
    } else if (!shape.ends_with('#')) {
      shape += '#';
    }
  }
  return shape;
}

}  // namespace check_system
