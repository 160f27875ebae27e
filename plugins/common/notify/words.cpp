#include "words.h"

#include <chela/utf8.h>

#include <algorithm>
#include <iterator>

namespace notify {
namespace {

bool is_mark(std::string_view word) {
  constexpr std::string_view kMarks[] = {"crit",      "warn",   "info", "over",
                                         "recovered", "closed", "brief"};
  return std::find(std::begin(kMarks), std::end(kMarks), word) != std::end(kMarks);
}

// Whether it begins with what it is: a line with "[crit] " or "[recovered] ", a title with "crit:",
// "2 crit, 1 warn:", "2 over:" or "brief:".
bool says(std::string_view text) {
  if (text.starts_with('[')) return is_mark(text.substr(1, text.find(']') - 1));
  auto head = text.substr(0, text.find(':'));
  if (head.size() == text.size()) return false;
  while (true) {
    const auto part = head.substr(0, head.find(", "));
    const auto word = part.find_first_not_of("0123456789 ");
    if (word == std::string_view::npos || !is_mark(part.substr(word))) return false;
    if (part.size() == head.size()) return true;
    head.remove_prefix(part.size() + 2);
  }
}

std::string on_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text;
}

}  // namespace

std::string with_severity(const std::string& text, const std::string& severity) {
  return says(text) ? text : severity + ": " + text;
}

std::string cut(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  std::size_t end = max_bytes < 3 ? 0 : max_bytes - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0u) == 0x80u) --end;
  return std::string(text.substr(0, end)) + "...";
}

std::string escape_markup(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&')
      out += "&amp;";
    else if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else
      out += c;
  }
  return out;
}

std::size_t utf16_units(std::string_view text) {
  std::size_t units = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xc0u) != 0x80u) units += byte >= 0xf0 ? 2 : 1;
  }
  return units;
}

std::string headline(const chela::Message& message, std::size_t max_bytes) {
  return cut(
      on_one_line(with_severity(chela::replace_invalid_utf8(message.title), message.severity)),
      max_bytes);
}

std::string plain_text(const chela::Message& message, std::size_t max_bytes) {
  if (message.lines.size() == 1)
    return cut(with_severity(message.lines[0].text, message.severity), max_bytes);
  const std::string first = headline(message, std::min<std::size_t>(200, max_bytes)) + "\n";
  // text() leaves a line of its own for what does not fit.
  constexpr std::size_t kCountLine = 40;
  if (first.size() + kCountLine >= max_bytes) return cut(first, max_bytes);
  return cut(first + message.text(max_bytes - first.size() - kCountLine), max_bytes);
}

}  // namespace notify
