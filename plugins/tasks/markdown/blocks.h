// Which Markdown block opens on a line: headings, list items, fences, comments.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "lines.h"

namespace chela::markdown {

struct Heading {
  int level = 0;
  std::string_view text;
};
// "## Text ##", indented by less than four columns.
std::optional<Heading> heading_at(std::string_view line);

// 1 for a line of "=", 2 for one of "-" (the second line of a setext heading), else 0.
int setext_level(std::string_view line);

struct ListItem {
  std::size_t indent = 0;          // columns before the marker
  std::size_t content_indent = 0;  // columns before what is behind marker and one blank
  std::size_t content = 0;         // offset in the line of what is behind marker and blanks
  bool has_box = false;
  std::size_t box = 0;         // offset of the character between the brackets
  std::size_t text_begin = 0;  // offset of the text behind the box
};
// "- ", "* ", "+ ", "1. ", "1) "; the box is one of [ ] [x] [X] [/] [h] [!] [-] and a blank or the
// line's end.
std::optional<ListItem> list_item_at(std::string_view line);

bool is_thematic_break(std::string_view line);
bool is_block_quote(std::string_view line);

// Where the fence or HTML comment that opens on line `at` ends.
struct Opaque {
  std::size_t end_line = 0;  // one past its last line
  bool is_closed = true;     // false where the file ends first
};
// `opener` is line `at` without its list markers. `container` is the column of the list marker
// around it: less indented text ends the item and what is open in it (CommonMark 4.5); nothing does
// at top level (no value). Lines from `limit` on are not looked at.
std::optional<Opaque> opaque_at(std::string_view bytes, const std::vector<Line>& lines,
                                std::size_t at, std::string_view opener,
                                std::optional<std::size_t> container,
                                std::size_t limit = std::string_view::npos);

}  // namespace chela::markdown
