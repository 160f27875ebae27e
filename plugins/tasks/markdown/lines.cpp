#include "lines.h"

namespace chela::markdown {

std::vector<Line> split_lines(std::string_view bytes) {
  std::vector<Line> lines;
  std::size_t begin = byte_order_mark(bytes);
  while (begin < bytes.size()) {
    const auto found = bytes.find_first_of("\r\n", begin);
    const std::size_t end = found == std::string_view::npos ? bytes.size() : found;
    std::size_t next = end;
    if (next < bytes.size()) next += bytes.substr(next, 2) == "\r\n" ? 2 : 1;
    lines.push_back({begin, end, next});
    begin = next;
  }
  return lines;
}

std::size_t byte_order_mark(std::string_view bytes) {
  return bytes.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0;
}

bool is_blank(std::string_view text) {
  return indent_bytes(text) == text.size();
}

std::string_view trim(std::string_view text) {
  text.remove_prefix(indent_bytes(text));
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

std::size_t indent_bytes(std::string_view text) {
  const auto found = text.find_first_not_of(" \t");
  return found == std::string_view::npos ? text.size() : found;
}

std::size_t indent_columns(std::string_view text) {
  std::size_t column = 0;
  for (const char c : text) {
    if (!is_space(c)) break;
    column = c == '\t' ? column / 4 * 4 + 4 : column + 1;
  }
  return column;
}

std::string without_indent(std::string_view text, std::size_t columns) {
  std::size_t column = 0;
  std::size_t at = 0;
  while (at < text.size() && is_space(text[at]) && column < columns) {
    column = text[at] == '\t' ? column / 4 * 4 + 4 : column + 1;
    ++at;
  }
  const std::size_t overshoot = column > columns ? column - columns : 0;
  return std::string(overshoot, ' ').append(text.substr(at));
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> views;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const auto found = text.find_first_of("\r\n", begin);
    const std::size_t end = found == std::string_view::npos ? text.size() : found;
    views.push_back(text.substr(begin, end - begin));
    begin = end;
    if (begin < text.size()) begin += text.substr(begin, 2) == "\r\n" ? 2 : 1;
  }
  return views;
}

}  // namespace chela::markdown
