// Reads /proc/meminfo: pure, over its text.
#pragma once

#include <chela/result.h>

#include <string_view>

namespace check_system {

struct Memory {
  std::uint64_t total_bytes = 0;
  std::uint64_t available_bytes =
      0;  // without swapping, as the kernel estimates it (Linux 3.14 and newer)
  double available_percent() const {
    return 100.0 * static_cast<double>(available_bytes) / static_cast<double>(total_bytes);
  }
};

// data_loss where MemTotal or MemAvailable is missing, zero, not in kB or contradictory; the
// message names the line.
chela::Result<Memory> parse_meminfo(std::string_view text);

}  // namespace check_system
