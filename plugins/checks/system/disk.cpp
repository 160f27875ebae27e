#include "disk.h"

#include "words.h"

namespace check_system {

using chela::condition;
using chela::Finding;

Outcome look_at_disk(chela::Host& host, const std::string& path, const DiskLimits& limits,
                     chela::Report& report) {
  const auto disk = host.files().disk_usage(path);
  if (!disk) return {{}, "", "disk " + path + ": " + disk.error().message};
  if (disk->total_bytes == 0) return {{}, "", "disk " + path + ": it says that it has no size"};
  const double free = disk->free_percent();
  report.metric("disk_free_percent:" + path, free, "percent");
  report.metric("disk_free_bytes:" + path, static_cast<double>(disk->available_bytes), "bytes");
  Outcome outcome{{}, path + " " + percent(free) + " free", ""};
  if (free < limits.min_free_percent && disk->available_bytes < limits.min_free_bytes) {
    Finding finding = condition("disk:" + path, "disk nearly full: " + path);
    finding.detail(gib(disk->available_bytes) + " of " + gib(disk->total_bytes) + " free (" +
                   percent(free) + ") for ordinary users on the file system of " + path + ".");
    if (free < limits.crit_free_percent) finding.crit();
    outcome.findings.push_back(finding);
  }
  if (disk->total_inodes == 0) return outcome;  // btrfs and the like make them as needed
  report.metric("inodes_free_percent:" + path, disk->free_inodes_percent(), "percent");
  if (disk->free_inodes_percent() < limits.inodes_min_free_percent) {
    outcome.findings.push_back(condition("inodes:" + path, "disk nearly out of inodes: " + path)
                                   .detail(std::to_string(disk->free_inodes) + " of " +
                                           std::to_string(disk->total_inodes) + " inodes free (" +
                                           percent(disk->free_inodes_percent()) +
                                           "): soon no new file can be made there. Look for a "
                                           "folder with very many small files."));
  }
  return outcome;
}
}  // namespace check_system
