// Bytes as lines: where each begins, where its text ends, and how far it is indented.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace chela::markdown {

// One line of a file: text is [begin, end), its line end ("\n", "\r\n", "\r" or nothing) is [end,
// next).
struct Line {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t next = 0;
};

// Every line; a byte order mark belongs to none. A final line end opens no further line.
std::vector<Line> split_lines(std::string_view bytes);

// 3 where the bytes open with the UTF-8 byte order mark, else 0.
std::size_t byte_order_mark(std::string_view bytes);

constexpr bool is_space(char c) {
  return c == ' ' || c == '\t';
}
bool is_blank(std::string_view text);
std::string_view trim(std::string_view text);

// Leading spaces and tabs, in bytes.
std::size_t indent_bytes(std::string_view text);

// Width of the leading spaces and tabs in columns; a tab reaches the next multiple of four
// (CommonMark 2.2).
std::size_t indent_columns(std::string_view text);

// `text` without its first `columns` columns of indentation; a tab that is cut in two leaves
// spaces.
std::string without_indent(std::string_view text, std::size_t columns);

// The lines of a text in whatever line ends it has; a final line end adds no empty line.
std::vector<std::string_view> lines_of(std::string_view text);

}  // namespace chela::markdown
