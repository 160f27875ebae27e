#include "plain.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace feed {
namespace {

struct Named {
  std::string_view name;
  std::string_view text;
};
constexpr Named kNamed[] = {
    {"amp", "&"},         {"lt", "<"},          {"gt", ">"},          {"quot", "\""},
    {"apos", "'"},        {"nbsp", " "},        {"hellip", "\u2026"}, {"ndash", "\u2013"},
    {"mdash", "\u2014"},  {"lsquo", "\u2018"},  {"rsquo", "\u2019"},  {"ldquo", "\u201c"},
    {"rdquo", "\u201d"},  {"laquo", "\u00ab"},  {"raquo", "\u00bb"},  {"auml", "\u00e4"},
    {"ouml", "\u00f6"},   {"uuml", "\u00fc"},   {"Auml", "\u00c4"},   {"Ouml", "\u00d6"},
    {"Uuml", "\u00dc"},   {"szlig", "\u00df"},  {"eacute", "\u00e9"}, {"egrave", "\u00e8"},
    {"agrave", "\u00e0"}, {"ccedil", "\u00e7"}, {"euro", "\u20ac"},   {"copy", "\u00a9"},
    {"reg", "\u00ae"},    {"trade", "\u2122"},  {"bull", "\u2022"},   {"middot", "\u00b7"},
    {"deg", "\u00b0"}};

std::string utf8_of(unsigned long c) {
  if (c == 0 || c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) return "\uFFFD";
  std::string out;
  if (c < 0x80) return std::string(1, static_cast<char>(c));
  if (c < 0x800) {
    out += static_cast<char>(0xc0 | (c >> 6));
  } else {
    if (c < 0x10000) {
      out += static_cast<char>(0xe0 | (c >> 12));
    } else {
      out += static_cast<char>(0xf0 | (c >> 18));
      out += static_cast<char>(0x80 | ((c >> 12) & 63));
    }
    out += static_cast<char>(0x80 | ((c >> 6) & 63));
  }
  return out + static_cast<char>(0x80 | (c & 63));
}

// Appends the entity at the start of `text` and gives its length; 0 where there is none.
std::size_t decode_entity(std::string_view text, std::string& out) {
  const auto end = text.substr(0, 12).find(';');
  if (end == std::string_view::npos || end < 2) return 0;
  auto name = text.substr(1, end - 1);
  if (name.front() != '#') {
    const auto* found = std::find_if(std::begin(kNamed), std::end(kNamed),
                                     [&](const Named& one) { return one.name == name; });
    if (found == std::end(kNamed)) return 0;
    out += found->text;
    return end + 1;
  }
  name.remove_prefix(1);
  const bool is_hex = name.starts_with('x') || name.starts_with('X');
  if (is_hex) name.remove_prefix(1);
  unsigned long value = 0;
  const auto parsed =
      std::from_chars(name.data(), name.data() + name.size(), value, is_hex ? 16 : 10);
  if (name.empty() || parsed.ptr != name.data() + name.size()) return 0;
  out += utf8_of(parsed.ec == std::errc() ? value : 0);
  return end + 1;
}

}  // namespace

std::string plain_from_html(std::string_view html) {
  std::string out;
  for (std::size_t i = 0; i < html.size();) {
    const auto rest = html.substr(i);
    const bool begins_tag = rest.size() > 1 && rest[0] == '<' &&
                            (std::isalpha(static_cast<unsigned char>(rest[1])) != 0 ||
                             rest[1] == '/' || rest[1] == '!');
    if (begins_tag) {
      const auto end = rest.find('>');
      if (end == std::string_view::npos) break;
      out += ' ';
      i += end + 1;
      continue;
    }
    const std::size_t entity = rest[0] == '&' ? decode_entity(rest, out) : 0;
    if (entity == 0) out += rest[0];
    i += std::max<std::size_t>(entity, 1);
  }
  return out;
}

}  // namespace feed
