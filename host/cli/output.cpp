#include "cli/output.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "cli/commands.h"

namespace chela::cli {
namespace {

// Columns that a terminal gives to UTF-8 text: continuation bytes take none. Wide characters count
// as one.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

}  // namespace

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
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i]));
  }
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      line += rows[r][i];
      if (i + 1 < rows[r].size()) line += std::string(widths[i] - width(rows[r][i]) + 2, ' ');
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

}  // namespace chela::cli
