#include "tidy.h"

#include <chela/utf8.h>

#include <algorithm>
#include <cctype>

namespace feed {
namespace {

// Whether an entity that XML knows stands at the start of `text` ("&amp;", "&#8217;", "&#x20;").
bool is_xml_entity(std::string_view text) {
  for (const char* known : {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"}) {
    if (text.starts_with(known)) return true;
  }
  if (!text.starts_with("&#")) return false;
  const auto end = text.substr(0, 12).find(';');
  if (end == std::string_view::npos) return false;
  const bool is_hex = text.size() > 2 && text[2] == 'x';
  const auto digits = text.substr(is_hex ? 3 : 2, end - (is_hex ? 3 : 2));
  if (digits.empty()) return false;
  unsigned long value = 0;
  for (const char c : digits) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_hex ? std::isxdigit(byte) == 0 : std::isdigit(byte) == 0) return false;
    const int digit = std::isdigit(byte) != 0 ? c - '0' : std::tolower(byte) - 'a' + 10;
    value = std::min(value * (is_hex ? 16u : 10u) + static_cast<unsigned long>(digit), 0x200000ul);
  }
  // A reference to a character that XML does not allow ends the reading.
  return value >= 0x20 && value < 0xd800
             ? true
             : value == 9 || value == 10 || value == 13 ||
                   (value >= 0xe000 && value <= 0x10ffff && value != 0xfffe && value != 0xffff);
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 && c != '\n' && c != '\r' && c != '\t';
}

}  // namespace

std::string tidy(std::string_view bytes, bool is_utf8) {
  if (bytes.starts_with("\xff\xfe") || bytes.starts_with("\xfe\xff")) return std::string(bytes);
  const std::string text = is_utf8 ? chela::replace_invalid_utf8(bytes) : std::string(bytes);
  std::string out;
  out.reserve(text.size() + 64);
  // What comes before the document makes it unreadable, and is often a blank line.
  std::size_t i = text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  while (i < text.size() && (std::isspace(static_cast<unsigned char>(text[i])) != 0)) ++i;
  bool is_cdata = false;
  for (; i < text.size(); ++i) {
    const auto rest = std::string_view(text).substr(i);
    if (rest.starts_with("<![CDATA[")) is_cdata = true;
    if (rest.starts_with("]]>")) is_cdata = false;
    if (is_control(text[i])) {
      out += ' ';
    } else if (text[i] == '&' && !is_cdata && !is_xml_entity(rest)) {
      out += "&amp;";
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string declared_encoding(std::string_view bytes) {
  const auto head = bytes.substr(0, 200);
  const auto begin = head.find("<?xml");
  const auto end = head.find("?>");
  if (begin == std::string_view::npos || end == std::string_view::npos || end < begin) return "";
  const auto declaration = head.substr(begin, end - begin);
  auto at = declaration.find("encoding");
  if (at == std::string_view::npos) return "";
  at = declaration.find_first_of("\"'", at);
  if (at == std::string_view::npos) return "";
  const auto close = declaration.find(declaration[at], at + 1);
  if (close == std::string_view::npos) return "";
  std::string name(declaration.substr(at + 1, close - at - 1));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

}  // namespace feed
