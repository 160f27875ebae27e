#include "plain.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <set>

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

constexpr std::string_view kElements[] = {
    "a",      "abbr",    "acronym", "address", "article",    "aside",    "b",      "bdi",
    "bdo",    "big",     "blink",   "body",    "blockquote", "br",       "button", "canvas",
    "center", "caption", "cite",    "code",    "data",       "dd",       "del",    "details",
    "dfn",    "dialog",  "div",     "dl",      "dt",         "em",       "embed",  "figcaption",
    "figure", "font",    "footer",  "form",    "h1",         "h2",       "h3",     "h4",
    "h5",     "h6",      "head",    "header",  "hr",         "html",     "i",      "iframe",
    "img",    "input",   "ins",     "kbd",     "label",      "li",       "link",   "main",
    "mark",   "math",    "meta",    "nav",     "nobr",       "noscript", "object", "ol",
    "option", "p",       "picture", "pre",     "q",          "rp",       "rt",     "ruby",
    "s",      "samp",    "script",  "section", "select",     "small",    "source", "span",
    "strike", "strong",  "style",   "sub",     "summary",    "sup",      "svg",    "table",
    "tbody",  "td",      "tfoot",   "th",      "thead",      "time",     "title",  "tr",
    "tt",     "u",       "ul",      "var",     "video",      "wbr"};
// Elements that are often without an end.
constexpr std::string_view kAlone[] = {"br", "hr", "img", "p", "wbr"};

// What looks like a tag at the start of a text.
struct Tag {
  std::size_t size = 0;  // 0: none
  std::string name{};    // in lower case
  bool is_end = false;
  bool has_attributes = false;
};

Tag read_tag(std::string_view html) {
  if (!html.starts_with('<')) return {};
  const auto close = html.find_first_of("<>", 1);
  if (close == std::string_view::npos || html[close] == '<') return {};
  const auto text = html.substr(0, close);
  Tag tag;
  tag.is_end = text.size() > 1 && text[1] == '/';
  const std::size_t begin = tag.is_end ? 2 : 1;
  const auto end = std::min(text.find_first_of(" \t\r\n\f/", begin), text.size());
  if (end == begin || end > begin + 10) return {};  // "blockquote"
  for (const char c : text.substr(begin, end - begin))
    tag.name += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (std::find(std::begin(kElements), std::end(kElements), tag.name) == std::end(kElements))
    return {};
  tag.has_attributes = text.find('=', end) != std::string_view::npos;
  tag.size = text.size() + 1;
  return tag;
}

// Which elements have a begin and an end in a text. A "<dialog>" that has no end is most likely a
// word of a title that its feed did not escape.
class Pairs {
 public:
  explicit Pairs(std::string_view html) {
    for (auto at = html.find('<'); at != std::string_view::npos; at = html.find('<', at + 1)) {
      const Tag tag = read_tag(html.substr(at));
      if (tag.size > 0) (tag.is_end ? ended_ : begun_).insert(tag.name);
    }
  }
  bool is_markup(const Tag& tag) const {
    if (tag.size == 0) return false;
    return (begun_.contains(tag.name) && ended_.contains(tag.name)) ||
           (tag.has_attributes && !tag.is_end) ||
           std::find(std::begin(kAlone), std::end(kAlone), tag.name) != std::end(kAlone);
  }

 private:
  std::set<std::string> begun_{};
  std::set<std::string> ended_{};
};

}  // namespace

std::string plain_from_html(std::string_view html) {
  const auto last_comment = html.rfind("-->");
  const Pairs pairs(html);
  std::string out;
  for (std::size_t i = 0; i < html.size();) {
    const auto rest = html.substr(i);
    if (rest.starts_with("<!--") && last_comment != std::string_view::npos &&
        i + 4 <= last_comment) {
      out += ' ';
      i = html.find("-->", i + 4) + 3;
      continue;
    }
    const Tag tag = read_tag(rest);
    if (pairs.is_markup(tag)) {
      out += ' ';
      i += tag.size;
      continue;
    }
    const std::size_t entity = rest[0] == '&' ? decode_entity(rest, out) : 0;
    if (entity == 0) out += rest[0];
    i += std::max<std::size_t>(entity, 1);
  }
  return out;
}

}  // namespace feed
