#include "services/redact_encodings.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace chela::services {
namespace {

constexpr std::size_t kShortestLine = 16;
constexpr std::string_view kLowerHex = "0123456789abcdef";
constexpr std::string_view kUpperHex = "0123456789ABCDEF";

unsigned byte(char c) {
  return static_cast<unsigned char>(c);
}

bool is_alnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string hex(std::string_view value, std::string_view digits) {
  std::string text;
  for (const char c : value) {
    text += digits[byte(c) >> 4];
    text += digits[byte(c) & 15];
  }
  return text;
}

struct JsonStyle {
  bool has_escaped_slash = false;
  bool is_ascii = false;  // everything else, and `<>&`, as \uXXXX
  std::string_view digits = kLowerHex;
};

void add_unit(std::string& text, unsigned unit, std::string_view digits) {
  text += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) text += digits[(unit >> shift) & 15];
}

// The character at the front of `rest` and its length in bytes; nothing where it is no UTF-8.
std::optional<std::pair<unsigned, std::size_t>> front_character(std::string_view rest) {
  const unsigned first = byte(rest.front());
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 1;
  if (size == 1 || rest.size() < size) return std::nullopt;
  unsigned character = first & (0xffu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(rest[i]) & 0xc0) != 0x80) return std::nullopt;
    character = character << 6 | (byte(rest[i]) & 0x3f);
  }
  return std::pair{character, size};
}

std::string json_escaped(std::string_view value, const JsonStyle& style) {
  constexpr std::string_view kShort = "\"\\\b\f\n\r\t";
  constexpr std::string_view kShortName = "\"\\bfnrt";
  std::string text;
  while (!value.empty()) {
    const char c = value.front();
    std::size_t used = 1;
    if (const auto at = kShort.find(c); at != std::string_view::npos) {
      text += '\\';
      text += kShortName[at];
    } else if (c == '/' && style.has_escaped_slash) {
      text += "\\/";
    } else if (byte(c) < 0x20 ||
               (style.is_ascii && std::string_view("<>&").find(c) != std::string_view::npos)) {
      add_unit(text, byte(c), style.digits);
    } else if (const auto wide = style.is_ascii && byte(c) >= 0x80
                                     ? front_character(value)
                                     : std::optional<std::pair<unsigned, std::size_t>>{}) {
      const auto [character, size] = *wide;
      used = size;
      if (character < 0x10000) {
        add_unit(text, character, style.digits);
      } else {
        add_unit(text, 0xd800 + ((character - 0x10000) >> 10), style.digits);
        add_unit(text, 0xdc00 + ((character - 0x10000) & 0x3ff), style.digits);
      }
    } else {
      text += c;
    }
    value.remove_prefix(used);
  }
  return text;
}

std::string percent_encoded(std::string_view value, std::string_view also_kept,
                            std::string_view digits, bool is_form = false) {
  std::string text;
  for (const char c : value) {
    if (is_alnum(c) || also_kept.find(c) != std::string_view::npos) {
      text += c;
    } else if (is_form && c == ' ') {
      text += '+';
    } else {
      text += '%';
      text += digits[byte(c) >> 4];
      text += digits[byte(c) & 15];
    }
  }
  return text;
}

std::string html_escaped(std::string_view value, std::string_view apostrophe) {
  std::string text;
  for (const char c : value) {
    switch (c) {
      case '&':
        text += "&amp;";
        break;
      case '<':
        text += "&lt;";
        break;
      case '>':
        text += "&gt;";
        break;
      case '"':
        text += "&quot;";
        break;
      case '\'':
        text += apostrophe;
        break;
      default:
        text += c;
    }
  }
  return text;
}

// What every base64 text holds in which `value` begins `before` bytes after a group of three.
std::string base64_core(std::string_view value, std::size_t before, std::string_view last_two) {
  constexpr std::string_view kCommon =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const std::size_t begin_bit = before * 8, end_bit = (before + value.size()) * 8;
  std::string text;
  for (std::size_t bit = (begin_bit + 5) / 6 * 6; bit + 6 <= end_bit; bit += 6) {
    const std::size_t at = (bit - begin_bit) / 8, shift = (bit - begin_bit) % 8;
    const unsigned pair = byte(value[at]) << 8 | (at + 1 < value.size() ? byte(value[at + 1]) : 0u);
    const std::size_t digit = (pair >> (10 - shift)) & 63;
    text += digit < 62 ? kCommon[digit] : last_two[digit - 62];
  }
  return text;
}

void add_escaped(std::string_view value, std::vector<std::string>& to) {
  to.emplace_back(value);
  const auto plain = json_escaped(value, {});
  to.push_back(plain);
  to.push_back(json_escaped(plain, {}));
  to.push_back(json_escaped(value, {.has_escaped_slash = true}));
  to.push_back(json_escaped(value, {.is_ascii = true}));
  to.push_back(json_escaped(value, {.is_ascii = true, .digits = kUpperHex}));
  for (const auto digits : {kUpperHex, kLowerHex}) {
    to.push_back(percent_encoded(value, "-_.~", digits));
    to.push_back(percent_encoded(value, "-_.~!'()*", digits));
    to.push_back(percent_encoded(value, "-_.~!$&'()*+,;=:@/?", digits));
    to.push_back(percent_encoded(value, "-_.*", digits, true));
  }
  for (const std::string_view apostrophe : {"&#39;", "&#x27;", "&apos;", "'"}) {
    to.push_back(html_escaped(value, apostrophe));
  }
}

}  // namespace

std::vector<std::string> encodings_of(std::string_view value, std::size_t shortest) {
  std::vector<std::string> all;
  add_escaped(value, all);
  for (std::size_t before = 0; before < 3; ++before) {
    for (const std::string_view last_two : {"+/", "-_"}) {
      all.push_back(base64_core(value, before, last_two));
    }
  }
  all.push_back(hex(value, kLowerHex));
  all.push_back(hex(value, kUpperHex));
  if (value.find('\n') != std::string_view::npos) {
    for (auto rest = value; !rest.empty();) {
      auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (line.size() >= kShortestLine && !line.starts_with("-----")) add_escaped(line, all);
    }
  }
  std::erase_if(all, [&](const std::string& text) { return text.size() < shortest; });
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

}  // namespace chela::services
