// Looks at this machine: free room and inodes on its disks, available memory, pressure, OOM kills,
// a pending reboot.
//
// Sources: the host's disk usage (statvfs: what is free for ordinary users), /proc/meminfo
// (Linux 3.14 or newer), /proc/pressure (4.20 or newer), and /run/reboot-required with its .pkgs
// beside it (Debian's update-notifier-common, unattended-upgrades).
#include <chela/check.h>

#include <map>
#include <set>

#include "disk.h"
#include "memory.h"
#include "reboot.h"

namespace check_system {
namespace {

using chela::ErrorCode;
using chela::Result;

class SystemCheck : public chela::Check {
 public:
  explicit SystemCheck(const chela::Config& config)
      : disks_(config.strings("disks")),
        disk_limits_{config.get("disk_min_free_percent", 10.0),
                     static_cast<std::uint64_t>(config.get("disk_min_free_mb", 20480)) << 20,
                     config.get("disk_crit_free_percent", 3.0),
                     config.get("inodes_min_free_percent", 5.0)},
        memory_min_available_percent_(config.get("memory_min_available_percent", 10.0)),
        pressure_max_percent_{{"memory", config.get("pressure_memory_max_percent", 20.0)},
                              {"io", config.get("pressure_io_max_percent", 60.0)},
                              {"cpu", config.get("pressure_cpu_max_percent", 80.0)}},
        wants_reboot_(config.get("reboot_required", true)) {}

  Result<chela::Report> run(chela::Host& host) override {
    Round round;
    round.cursor = host.cursor();
    round.now_ms = host.clock().now().time_since_epoch().count();
    const std::set<std::string> disks(disks_.begin(), disks_.end());
    for (const auto& disk : disks) {
      if (host.is_cancelled())
        return chela::fail(ErrorCode::cancelled, "the host cancelled this run");
      round.take("disk:" + disk, look_at_disk(host, disk, disk_limits_, round.report));
    }
    round.take("memory", look_at_memory(host, memory_min_available_percent_, round.report));
    for (const auto& [resource, limit] : pressure_max_percent_) {
      if (const auto outcome = look_at_pressure(host, resource, limit, round.report))
        round.take("pressure:" + resource, *outcome);
    }
    look_for_oom_kills(host, round);
    if (wants_reboot_) round.take("reboot", look_for_reboot(host));
    return std::move(round).finish();
  }

 private:
  std::vector<std::string> disks_;
  DiskLimits disk_limits_;
  double memory_min_available_percent_;
  std::map<std::string, double> pressure_max_percent_;
  bool wants_reboot_;
};

}  // namespace
}  // namespace check_system

using check_system::SystemCheck;
CHELA_CHECK(SystemCheck)
