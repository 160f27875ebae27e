#include "vmstat.h"

#include <algorithm>
#include <charconv>

namespace check_system {

std::optional<std::int64_t> parse_oom_kills(std::string_view text) {
  constexpr std::string_view kName = "oom_kill ";
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.starts_with(kName)) continue;
    std::int64_t value = -1;
    const char* end = line.data() + line.size();
    const auto parsed = std::from_chars(line.data() + kName.size(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end || value < 0) return std::nullopt;
    return value;
  }
  return std::nullopt;
}

std::int64_t new_oom_kills(std::int64_t before, std::int64_t now) {
  return before < 0 || now < before ? 0 : now - before;
}

}  // namespace check_system
