#include "words.h"

#include <chela/utf8.h>

#include <algorithm>

namespace notify {
namespace {

// Whether the words before the first colon tell already what it is: "crit", "2 crit, 1 warn",
// "over", "brief".
bool says(std::string_view text, std::string_view severity) {
  const auto head = text.substr(0, text.find(':'));
  const auto has = [&](std::string_view word) {
    for (auto at = head.find(word); at != std::string_view::npos; at = head.find(word, at + 1)) {
      const auto end = at + word.size();
      const bool begins = at == 0 || head[at - 1] == ' ';
      if (begins && (end == head.size() || head[end] == ',' || head[end] == ' ')) return true;
    }
    return false;
  };
  return has(severity) || head == "brief" || head == "over";
}

std::string with_severity(const std::string& text, const std::string& severity) {
  return says(text, severity) ? text : severity + ": " + text;
}

std::string on_one_line(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text;
}

}  // namespace

std::string cut(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  std::size_t end = max_bytes < 3 ? 0 : max_bytes - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0u) == 0x80u) --end;
  return std::string(text.substr(0, end)) + "...";
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
