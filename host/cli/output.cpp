#include "cli/output.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "chela/utf8.h"
#include "cli/commands.h"

namespace chela::cli {
namespace {

// One character of UTF-8 at the start of `text`, which must not be empty: its bytes and its
// columns. What is no UTF-8 counts as one column a byte.
struct Character {
  std::size_t bytes = 1;
  std::size_t columns = 1;
};
Character first_of(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const std::size_t bytes = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  if (bytes == 1 || bytes > text.size()) return {};
  std::uint32_t code = lead & (0x7fU >> bytes);
  for (std::size_t i = 1; i < bytes; ++i)
    code = code << 6 | (static_cast<unsigned char>(text[i]) & 0x3fU);
  const bool is_mark =
      (code >= 0x300 && code <= 0x36f) || code == 0x200d || (code >= 0xfe00 && code <= 0xfe0f);
  const bool is_wide = (code >= 0x1100 && code <= 0x115f) || (code >= 0x2e80 && code <= 0xa4cf) ||
                       (code >= 0xac00 && code <= 0xd7a3) || (code >= 0xf900 && code <= 0xfaff) ||
                       (code >= 0xfe30 && code <= 0xfe6f) || (code >= 0xff00 && code <= 0xff60) ||
                       (code >= 0xffe0 && code <= 0xffe6) || (code >= 0x1f300 && code <= 0x1f9ff) ||
                       (code >= 0x20000 && code <= 0x3fffd);
  return {bytes, is_mark ? 0U : is_wide ? 2U : 1U};
}

}  // namespace

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const auto one = first_of(text);
    columns += one.columns;
    text.remove_prefix(one.bytes);
  }
  return columns;
}

std::string fitted(const std::string& text, std::size_t columns) {
  if (columns_of(text) <= columns) return text;
  constexpr std::string_view kCut = "...";
  std::string kept;
  std::size_t used = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    const auto one = first_of(rest);
    if (used + one.columns + kCut.size() > columns) break;
    kept += rest.substr(0, one.bytes);
    used += one.columns;
    rest.remove_prefix(one.bytes);
  }
  return kept + std::string(kCut);
}

bool has_colour() {
  static const bool answer = isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  return answer;
}

std::string tinted(Tone tone, std::string_view text) {
  constexpr const char* kCodes[] = {"", "32", "33", "31", "2", "1"};
  if (!has_colour() || tone == Tone::plain) return std::string(text);
  return "\x1b[" + std::string(kCodes[static_cast<int>(tone)]) + "m" + std::string(text) +
         "\x1b[0m";
}

int exit_code_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::invalid_argument:
    case ErrorCode::out_of_range:
      return kUsage;
    case ErrorCode::failed_precondition:
    case ErrorCode::not_found:
    case ErrorCode::already_exists:
    case ErrorCode::permission_denied:
      return kRefused;
    default:
      return kFailed;
  }
}

int report(const Error& error) {
  std::fflush(stdout);
  std::fprintf(stderr, "chela: %s\n", error.message.c_str());
  return exit_code_of(error);
}

void print_json(const json::value& value) {
  std::printf("%s\n", json::serialize(value).c_str());
}

void print_table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], columns_of(row[i]));
  }
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      line += rows[r][i];
      if (i + 1 < rows[r].size()) line += std::string(widths[i] - columns_of(rows[r][i]) + 2, ' ');
    }
    std::printf("%s\n", tinted(r == 0 ? Tone::dim : Tone::plain, line).c_str());
  }
}

std::string ago(Timestamp time, Timestamp now) {
  if (time > now) return "in the future";
  return base::describe_duration(now - time) + " ago";
}

std::string in(Timestamp time, Timestamp now) {
  if (time <= now) return "now";
  return "in " + base::describe_duration(time - now);
}

std::string for_terminal(std::string_view text) {
  if (isatty(STDOUT_FILENO) == 0) return std::string(text);
  std::string shown;
  while (!text.empty()) {
    const std::size_t size = std::max<std::size_t>(1, utf8_sequence(text));
    const std::string_view one = text.substr(0, size);
    text.remove_prefix(size);
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(one[i]); };
    const bool is_control =
        size == 1 && (byte(0) < 0x20 || byte(0) >= 0x7f) && one != "\n" && one != "\t";
    const bool is_c1 = size == 2 && byte(0) == 0xc2 && byte(1) < 0xa0;
    // U+200E, U+200F, U+202A to U+202E, U+2066 to U+2069
    const bool turns = size == 3 && byte(0) == 0xe2 &&
                       ((byte(1) == 0x80 && (byte(2) == 0x8e || byte(2) == 0x8f ||
                                             (byte(2) >= 0xaa && byte(2) <= 0xae))) ||
                        (byte(1) == 0x81 && byte(2) >= 0xa6 && byte(2) <= 0xa9));
    if (is_control || is_c1 || turns) {
      shown += "\xef\xbf\xbd";
    } else {
      shown += one;
    }
  }
  return shown;
}

}  // namespace chela::cli
