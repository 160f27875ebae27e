#include "blocks.h"

#include <algorithm>

namespace chela::markdown {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Length of a run of at least three backticks or tildes that opens a fence, or 0.
std::size_t fence_length(std::string_view text) {
  if (text.empty() || (text[0] != '`' && text[0] != '~')) return 0;
  const auto found = text.find_first_not_of(text[0]);
  const std::size_t length = found == std::string_view::npos ? text.size() : found;
  if (length < 3) return 0;
  if (text[0] == '`' && text.find('`', length) != std::string_view::npos) return 0;  // a code span
  return length;
}

bool closes_fence(std::string_view text, char sign, std::size_t length) {
  const auto found = text.find_first_not_of(sign);
  const std::size_t run = found == std::string_view::npos ? text.size() : found;
  return run >= length && is_blank(text.substr(run));
}

}  // namespace

std::optional<Heading> heading_at(std::string_view line) {
  if (indent_columns(line) > 3) return std::nullopt;
  std::string_view text = line.substr(indent_bytes(line));
  const auto found = text.find_first_not_of('#');
  const std::size_t level = found == std::string_view::npos ? text.size() : found;
  if (level == 0 || level > 6) return std::nullopt;
  text.remove_prefix(level);
  if (!text.empty() && !is_space(text.front())) return std::nullopt;
  text = trim(text);
  const auto last = text.find_last_not_of('#');
  const std::size_t kept = last == std::string_view::npos ? 0 : last + 1;
  if (kept < text.size() && (kept == 0 || is_space(text[kept - 1])))
    text = trim(text.substr(0, kept));
  return Heading{static_cast<int>(level), text};
}

int setext_level(std::string_view line) {
  if (indent_columns(line) > 3) return 0;
  const std::string_view text = trim(line);
  if (text.empty() || (text[0] != '=' && text[0] != '-')) return 0;
  if (text.find_first_not_of(text[0]) != std::string_view::npos) return 0;
  return text[0] == '=' ? 1 : 2;
}

std::optional<ListItem> list_item_at(std::string_view line) {
  std::size_t at = indent_bytes(line);
  const std::size_t begin = at;
  if (at >= line.size()) return std::nullopt;
  if (line[at] == '-' || line[at] == '*' || line[at] == '+') {
    at += 1;
  } else {
    while (at < line.size() && is_digit(line[at]) && at - begin < 9) ++at;
    if (at == begin || at >= line.size() || (line[at] != '.' && line[at] != ')'))
      return std::nullopt;
    at += 1;
  }
  if (at < line.size() && !is_space(line[at])) return std::nullopt;
  if (is_thematic_break(line)) return std::nullopt;
  ListItem item;
  item.indent = indent_columns(line);
  item.content_indent = item.indent + (at - begin) + 1;
  at += indent_bytes(line.substr(at));
  item.content = at;
  const std::string_view box = line.substr(at, 3);
  if (box.size() < 3 || box[0] != '[' || box[2] != ']') return item;
  if (std::string_view(" xX/h!-").find(box[1]) == std::string_view::npos) return item;
  if (at + 3 < line.size() && !is_space(line[at + 3])) return item;
  item.has_box = true;
  item.box = at + 1;
  item.text_begin = at + 3 + indent_bytes(line.substr(at + 3));
  return item;
}

bool is_thematic_break(std::string_view line) {
  const std::string_view text = trim(line);
  if (text.empty() || (text[0] != '-' && text[0] != '*' && text[0] != '_')) return false;
  const auto other =
      std::find_if(text.begin(), text.end(), [&](char c) { return c != text[0] && !is_space(c); });
  return other == text.end() && std::count(text.begin(), text.end(), text[0]) >= 3;
}

bool is_block_quote(std::string_view line) {
  const std::size_t at = indent_bytes(line);
  return at < line.size() && line[at] == '>';
}

std::optional<Opaque> opaque_at(std::string_view bytes, const std::vector<Line>& lines,
                                std::size_t at, std::string_view opener,
                                std::optional<std::size_t> container, std::size_t limit) {
  const std::string_view text = opener.substr(indent_bytes(opener));
  const std::size_t fence = fence_length(text);
  const bool is_comment = text.substr(0, 4) == "<!--";
  if (fence == 0 && !is_comment) return std::nullopt;
  if (is_comment && text.find("-->", 4) != std::string_view::npos) return Opaque{at + 1};
  for (std::size_t i = at + 1; i < std::min(limit, lines.size()); ++i) {
    const std::string_view line = bytes.substr(lines[i].begin, lines[i].end - lines[i].begin);
    if (is_blank(line)) continue;
    if (container && indent_columns(line) <= *container) return Opaque{i};
    const bool closes = is_comment ? line.find("-->") != std::string_view::npos
                                   : closes_fence(line.substr(indent_bytes(line)), text[0], fence);
    if (closes) return Opaque{i + 1};
  }
  return Opaque{lines.size(), container.has_value()};
}

}  // namespace chela::markdown
