// What commands print: errors, tables, colours where a person looks on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "chela/json.h"

namespace chela::cli {

// True where standard output is a terminal and NO_COLOR is not set.
bool has_colour();
enum class Tone { plain, good, warn, bad, dim, bold };
// `text` in its colour, or as it is.
std::string tinted(Tone tone, std::string_view text);

// "chela: <message>" on standard error; returns the exit code that fits the error.
int report(const Error& error);
int exit_code_of(const Error& error);

// One line of JSON on standard output.
void print_json(const json::value& value);

// Columns that a terminal gives to UTF-8 text; wide East Asian characters and emoji take two.
std::size_t columns_of(std::string_view text);
// `text`, or what fits into `columns` of it with "..." at its end.
std::string fitted(const std::string& text, std::size_t columns);

// Several lines of foreign text for standard output. On a terminal control characters other than
// line ends and tabs, and those that turn the direction of text, become U+FFFD; elsewhere the text
// is left as it is.
std::string for_terminal(std::string_view text);

// Rows with their columns padded to the widest cell; the first row is the head.
void print_table(const std::vector<std::vector<std::string>>& rows);

// "3 h ago", "in 12 min", "never".
std::string ago(Timestamp time, Timestamp now);
std::string in(Timestamp time, Timestamp now);

}  // namespace chela::cli
