// Looks at the room and the inodes of a file system (statvfs, through the host's disk usage).
#pragma once

#include "round.h"

namespace check_system {

struct DiskLimits {
  double min_free_percent = 10;  // low below this and below min_free_bytes
  std::uint64_t min_free_bytes = 0;
  double crit_free_percent = 3;
  double inodes_min_free_percent = 5;
};

Outcome look_at_disk(chela::Host& host, const std::string& path, const DiskLimits& limits,
                     chela::Report& report);

}  // namespace check_system
