// Looks at this machine: free room and inodes on its disks, available memory, pressure, OOM kills,
// failed units and overdue timers, errors in the journal, stamp files, backups, the clock, a
// pending reboot.
//
// Sources: the host's disk usage (statvfs: what is free for ordinary users), /proc/meminfo
// (Linux 3.14 or newer), /proc/pressure (4.20 or newer), systemctl, journalctl and timedatectl
// (systemd 246 or newer), and /run/reboot-required with its .pkgs beside it (Debian's
// update-notifier-common, unattended-upgrades).
#include <chela/check.h>

#include <map>
#include <set>

#include "backups.h"
#include "clock_sync.h"
#include "disk.h"
#include "journal.h"
#include "managers.h"
#include "memory.h"
#include "reboot.h"
#include "stamps.h"

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
        managers_{config.get("systemctl", "systemctl"), config.get("user_manager"),
                  config.strings("ignore_units")},
        journal_{config.get("journalctl", "journalctl"),
                 config.get("journal_folder", kJournalFolder),
                 {config.duration("journal_again_after", std::chrono::hours(24)).count(),
                  config.strings("ignore_errors")}},
        clock_{config.get("timedatectl", "timedatectl"),
               config.duration("clock_max_age", std::chrono::hours(24))},
        stamps_(parse_stamps(config.value())),
        backups_(parse_backups(config.value())),
        wants_units_(config.get("units", true)),
        wants_journal_(config.get("journal", true)),
        wants_clock_(config.get("clock", true)),
        wants_reboot_(config.get("reboot_required", true)) {}

  Result<chela::Report> run(chela::Host& host) override {
    Round round;
    round.cursor = host.cursor();
    round.now_ms = host.clock().now().time_since_epoch().count();
    auto looks = parse_looks(chela::find(round.cursor, "looks"));
    round.pause = pause_before(looks, round.now_ms);
    note_look(looks, round.now_ms);
    round.state["looks"] = to_json(looks);
    for (const auto look : {&SystemCheck::look_at_disks, &SystemCheck::look_at_memory_and_pressure,
                            &SystemCheck::look_at_services, &SystemCheck::look_at_jobs}) {
      if (host.is_cancelled())
        return chela::fail(ErrorCode::cancelled, "the host cancelled this run");
      (this->*look)(host, round);
    }
    return std::move(round).finish();
  }

 private:
  void look_at_disks(chela::Host& host, Round& round) const {
    for (const auto& disk : std::set<std::string>(disks_.begin(), disks_.end()))
      round.take("disk:" + disk, look_at_disk(host, disk, disk_limits_, round.report));
  }

  void look_at_memory_and_pressure(chela::Host& host, Round& round) const {
    round.take("memory", look_at_memory(host, memory_min_available_percent_, round.report));
    for (const auto& [resource, limit] : pressure_max_percent_) {
      if (const auto outcome = look_at_pressure(host, resource, limit, round.report))
        round.take("pressure:" + resource, *outcome);
    }
    look_for_oom_kills(host, round);
  }

  void look_at_services(chela::Host& host, Round& round) const {
    if (wants_units_) look_at_managers(host, managers_, round);
    if (wants_journal_) look_at_journal(host, journal_, round);
    if (!wants_clock_) return;
    if (const auto outcome = look_at_clock(host, clock_, round.pause))
      round.take("clock", *outcome);
  }

  void look_at_jobs(chela::Host& host, Round& round) const {
    for (const auto& stamp : stamps_) round.take("stamp:" + stamp.path, look_at_stamp(host, stamp));
    for (const auto& rule : backups_)
      round.take("backup:" + label_of(rule), look_at_backup(host, rule));
    if (wants_reboot_) round.take("reboot", look_for_reboot(host));
  }

  std::vector<std::string> disks_;
  DiskLimits disk_limits_;
  double memory_min_available_percent_;
  std::map<std::string, double> pressure_max_percent_;
  ManagerSettings managers_;
  JournalSettings journal_;
  ClockSettings clock_;
  std::vector<Stamp> stamps_;
  std::vector<BackupRule> backups_;
  bool wants_units_;
  bool wants_journal_;
  bool wants_clock_;
  bool wants_reboot_;
};

}  // namespace
}  // namespace check_system

using check_system::SystemCheck;
CHELA_CHECK(SystemCheck)
