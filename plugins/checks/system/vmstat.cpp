#include "vmstat.h"

#include <charconv>
#include <string>

#include "lines.h"

namespace check_system {

chela::Result<std::optional<std::int64_t>> parse_oom_kills(std::string_view text) {
  std::optional<std::int64_t> kills;
  bool is_empty = true;
  while (!text.empty()) {
    const auto line = take_line(text);

    const auto blank = line.find(' ');
    std::int64_t value = -1;
    const char* end = line.data() + line.size();
    const char* begin = blank == std::string_view::npos ? end : line.data() + blank + 1;
    const auto parsed = std::from_chars(begin, end, value);
    if (blank == 0 || parsed.ec != std::errc() || parsed.ptr != end || value < 0) {
      return chela::fail(chela::ErrorCode::data_loss,
                         "/proc/vmstat: wanted lines such as \"oom_kill 0\"");
    }
    is_empty = false;
    if (line.substr(0, blank) == "oom_kill") kills = value;
  }
  if (is_empty) return chela::fail(chela::ErrorCode::data_loss, "/proc/vmstat is empty");
  return kills;
}

std::int64_t new_oom_kills(std::int64_t before, std::int64_t now) {
  return before < 0 || now < before ? 0 : now - before;
}

}  // namespace check_system
