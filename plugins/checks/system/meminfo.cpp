#include "meminfo.h"

#include <charconv>
#include <optional>
#include <string>

#include "lines.h"

namespace check_system {
namespace {

// The figure of "MemTotal:       16303428 kB" in kB, or nothing where there is no such line or it
// reads differently.
std::optional<std::uint64_t> kilobytes(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    auto line = take_line(text);

    if (!line.starts_with(name) || line.substr(name.size(), 1) != ":") continue;
    line.remove_prefix(name.size() + 1);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    std::uint64_t value = 0;
    const auto parsed = std::from_chars(line.data(), line.data() + line.size(), value);
    const std::string_view unit(parsed.ptr, line.data() + line.size());
    // Above 2^50 kB the product below could overflow.
    if (parsed.ec != std::errc() || unit != " kB" || value > (1ULL << 50)) return std::nullopt;
    return value;
  }
  return std::nullopt;
}

}  // namespace

chela::Result<Memory> parse_meminfo(std::string_view text) {
  const auto refuse = [](std::string_view line) {
    return chela::fail(chela::ErrorCode::data_loss,
                       "/proc/meminfo: no usable " + std::string(line) + " line in kB");
  };
  const auto total = kilobytes(text, "MemTotal");
  if (!total || *total == 0) return refuse("MemTotal");
  const auto available = kilobytes(text, "MemAvailable");
  if (!available || *available > *total) return refuse("MemAvailable");
  return Memory{*total * 1024, *available * 1024};
}

}  // namespace check_system
