// Looks at this machine: free room and inodes on its disks, available memory, pressure, OOM kills,
// a pending reboot.
//
// Sources: the host's disk usage (statvfs: what is free for ordinary users), /proc/meminfo
// (Linux 3.14 or newer), /proc/pressure (4.20 or newer), and /run/reboot-required with its .pkgs
// beside it (Debian's update-notifier-common, unattended-upgrades).
#include <chela/check.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "meminfo.h"
#include "pressure.h"
#include "vmstat.h"

namespace check_system {
namespace {

using chela::condition;
using chela::ErrorCode;
using chela::Finding;
using chela::Result;
namespace json = chela::json;

std::string gib(std::uint64_t bytes) {
  const auto tenths = bytes * 10 / (1u << 30);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " GiB";
}

std::string percent(double value) {
  const auto tenths = static_cast<int>(value * 10);
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) + " %";
}

// "2026-11-22 05:40 UTC": a moment rather than an age, so that a repeated finding keeps its text.
std::string moment(std::int64_t ms) {
  const auto time = chela::Timestamp(chela::Duration(ms));
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::minutes>(time - day));
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d UTC", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()));
  return text;
}

// What one part of the check (one disk, the memory, the reboot) came to.
struct Outcome {
  std::vector<Finding> findings;
  std::string summary;      // "/ 42.1 % free"
  std::string cannot_tell;  // why, where it could not be looked at
};

class SystemCheck : public chela::Check {
 public:
  explicit SystemCheck(const chela::Config& config)
      : disks_(config.strings("disks")),
        disk_min_free_percent_(config.get("disk_min_free_percent", 10.0)),
        disk_min_free_bytes_(static_cast<std::uint64_t>(config.get("disk_min_free_mb", 20480))
                             << 20),
        disk_crit_free_percent_(config.get("disk_crit_free_percent", 3.0)),
        inodes_min_free_percent_(config.get("inodes_min_free_percent", 5.0)),
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
      round.take("disk:" + disk, look_at_disk(host, disk, round.report));
    }
    round.take("memory", look_at_memory(host, round.report));
    for (const auto& [resource, limit] : pressure_max_percent_) {
      if (const auto outcome = look_at_pressure(host, resource, limit, round.report))
        round.take("pressure:" + resource, *outcome);
    }
    look_for_oom_kills(host, round);
    if (wants_reboot_) round.take("reboot", look_for_reboot(host));
    return std::move(round).finish();
  }

 private:
  // Joins the parts into one report. A part that cannot be looked at now repeats what it last
  // found, because a finding that is not reported counts as recovered.
  struct Round {
    json::value cursor;  // {"v":1,"last":{"disk:/":{"at_ms":..,"findings":[..]}}}
    std::int64_t now_ms = 0;
    chela::Report report = chela::Report::ok();
    json::object last;
    std::int64_t oom_kills = -1;  // the counter that the next run compares with; -1 = none yet
    std::string summary;
    int told = 0;
    bool has_warning = false, has_crit = false;

    void say(const std::string& text) { summary += (summary.empty() ? "" : "; ") + text; }

    void add(const Finding& finding) {
      report.add(finding);
      has_warning = true;
      has_crit = has_crit || chela::get_string(finding.value(), "severity") == "crit";
    }

    void take(const std::string& part, const Outcome& outcome) {
      if (!outcome.cannot_tell.empty()) return repeat(part, outcome.cannot_tell);
      ++told;
      if (!outcome.summary.empty()) say(outcome.summary);
      json::array findings;
      for (const auto& finding : outcome.findings) {
        add(finding);
        findings.push_back(finding.value());
      }
      if (!findings.empty()) last[part] = json::object{{"at_ms", now_ms}, {"findings", findings}};
    }

    void repeat(const std::string& part, const std::string& why) {
      say("cannot tell: " + why);
      const auto* kept = chela::find(cursor, "last");
      const auto* entry = kept == nullptr ? nullptr : chela::find(*kept, part);
      const auto* findings = entry == nullptr ? nullptr : chela::find(*entry, "findings");
      if (findings == nullptr || !findings->is_array()) return;
      last[part] = *entry;
      const std::string mark = " (last seen " + moment(chela::get_int(*entry, "at_ms")) + ")";
      for (const auto& finding : findings->get_array()) {
        Finding again = condition(chela::get_string(finding, "key"),
                                  chela::get_string(finding, "title") + mark);
        again.detail(chela::get_string(finding, "detail") + "\nCannot be looked at now: " + why);
        if (chela::get_string(finding, "severity") == "crit") again.crit();
        if (chela::get_bool(finding, "needs_human")) again.needs_human();
        add(again);
      }
    }

    chela::Report finish() && {
      report.set_summary(summary);
      json::object next{{"v", 1}, {"last", std::move(last)}};
      if (oom_kills >= 0) next["oom_kills"] = oom_kills;
      report.set_cursor(std::move(next));
      report.set_status(told == 0 ? "unknown" : has_crit ? "crit" : has_warning ? "warn" : "ok");
      return std::move(report);
    }
  };

  Outcome look_at_disk(chela::Host& host, const std::string& path, chela::Report& report) const {
    const auto disk = host.files().disk_usage(path);
    if (!disk) return {{}, "", "disk " + path + ": " + disk.error().message};
    if (disk->total_bytes == 0) return {{}, "", "disk " + path + ": it says that it has no size"};
    const double free = disk->free_percent();
    report.metric("disk_free_percent:" + path, free, "percent");
    report.metric("disk_free_bytes:" + path, static_cast<double>(disk->available_bytes), "bytes");
    Outcome outcome{{}, path + " " + percent(free) + " free", ""};
    if (free < disk_min_free_percent_ && disk->available_bytes < disk_min_free_bytes_) {
      Finding finding = condition("disk:" + path, "disk nearly full: " + path);
      finding.detail(gib(disk->available_bytes) + " of " + gib(disk->total_bytes) + " free (" +
                     percent(free) + ") for ordinary users on the file system of " + path + ".");
      if (free < disk_crit_free_percent_) finding.crit();
      outcome.findings.push_back(finding);
    }
    if (disk->total_inodes == 0) return outcome;  // btrfs and the like make them as needed
    report.metric("inodes_free_percent:" + path, disk->free_inodes_percent(), "percent");
    if (disk->free_inodes_percent() < inodes_min_free_percent_) {
      outcome.findings.push_back(condition("inodes:" + path, "disk nearly out of inodes: " + path)
                                     .detail(std::to_string(disk->free_inodes) + " of " +
                                             std::to_string(disk->total_inodes) + " inodes free (" +
                                             percent(disk->free_inodes_percent()) +
                                             "): soon no new file can be made there. Look for a "
                                             "folder with very many small files."));
    }
    return outcome;
  }

  Outcome look_at_memory(chela::Host& host, chela::Report& report) const {
    const auto file = host.files().read("/proc/meminfo");
    if (!file) return {{}, "", "memory: " + file.error().message};
    const auto memory = parse_meminfo(file->bytes);
    if (!memory) return {{}, "", "memory: " + memory.error().message};
    const double available = memory->available_percent();
    report.metric("memory_available_percent", available, "percent");
    Outcome outcome{{}, "memory " + percent(available) + " available", ""};
    if (available < memory_min_available_percent_) {
      outcome.findings.push_back(condition("memory", "memory nearly used up")
                                     .detail(gib(memory->available_bytes) + " of " +
                                             gib(memory->total_bytes) + " available (" +
                                             percent(available) + ") without swapping."));
    }
    return outcome;
  }

  // An event, so nothing is repeated where it cannot be looked at: the old counter is kept instead.
  static void look_for_oom_kills(chela::Host& host, Round& round) {
    const auto before = chela::get_int(round.cursor, "oom_kills", -1);
    round.oom_kills = before;
    const auto file = host.files().read("/proc/vmstat");
    if (!file && file.error().code == ErrorCode::not_found) return;
    if (!file) return round.say("cannot tell: kills for want of memory: " + file.error().message);
    const auto kills = parse_oom_kills(file->bytes);
    if (!kills) return;  // before Linux 4.13
    round.oom_kills = *kills;
    const auto fresh = new_oom_kills(before, *kills);
    if (fresh == 0) return;
    const std::string count = std::to_string(fresh);
    round.add(
        chela::event("oom-kill:" + std::to_string(*kills) + "@" + std::to_string(round.now_ms),
                     "programs killed for want of memory: " + count)
            .detail("The kernel killed " + count +
                    " since the last look; `journalctl -k -g "
                    "oom` names them."));
    round.say(count + " killed for want of memory");
  }

  // Nothing where the kernel does not count pressure.
  static std::optional<Outcome> look_at_pressure(chela::Host& host, const std::string& resource,
                                                 double limit, chela::Report& report) {
    const auto file = host.files().read("/proc/pressure/" + resource);
    if (!file && file.error().code == ErrorCode::not_found) return std::nullopt;
    if (!file) return Outcome{{}, "", "pressure on " + resource + ": " + file.error().message};
    const auto share = parse_pressure(file->bytes);
    if (!share) return Outcome{{}, "", "pressure on " + resource + ": " + share.error().message};
    report.metric("pressure_percent:" + resource, *share, "percent");
    Outcome outcome;
    if (*share > limit) {
      outcome.findings.push_back(
          condition("pressure:" + resource, "programs wait for " + resource)
              .detail("In " + percent(*share) +
                      " of the last 5 minutes some program had to wait for " + resource + "."));
      outcome.summary = "pressure on " + resource + " " + percent(*share);
    }
    return outcome;
  }

  // On Debian /var/run is a link to /run, which a grant of /var/run may not follow; elsewhere there
  // is only one of them.
  Outcome look_for_reboot(chela::Host& host) const {
    constexpr const char* kFlags[] = {"/run/reboot-required", "/var/run/reboot-required"};
    std::string first_error;
    bool is_known = false;
    for (const char* flag : kFlags) {
      const auto info = host.files().stat(flag);
      if (info) return reboot_finding(host, flag);
      if (info.error().code == ErrorCode::not_found) {
        is_known = true;
      } else if (first_error.empty()) {
        first_error = info.error().message;
      }
    }
    if (!is_known) return {{}, "", "pending reboot: " + first_error};
    return {};
  }

  static Outcome reboot_finding(chela::Host& host, const std::string& flag) {
    std::string detail = "An update has been installed that works only after a reboot.";
    const auto file = host.files().read(flag + ".pkgs");
    std::set<std::string> packages;
    if (file) {
      std::string_view text = file->bytes;
      while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        if (!line.empty()) packages.emplace(line.substr(0, 100));
      }
    }
    std::size_t listed = 0;
    for (const auto& package : packages) {
      if (listed == 10) {
        detail += " and " + std::to_string(packages.size() - listed) + " more";
        break;
      }
      detail += (listed++ == 0 ? " Packages: " : ", ") + package;
    }
    return {
        {condition("reboot-required", "this machine wants a reboot").detail(detail).needs_human()},
        "reboot pending",
        ""};
  }

  std::vector<std::string> disks_;
  double disk_min_free_percent_;
  std::uint64_t disk_min_free_bytes_;
  double disk_crit_free_percent_;
  double inodes_min_free_percent_;
  double memory_min_available_percent_;
  std::map<std::string, double> pressure_max_percent_;
  bool wants_reboot_;
};

}  // namespace
}  // namespace check_system

using check_system::SystemCheck;
CHELA_CHECK(SystemCheck)
