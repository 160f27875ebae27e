#include "memory.h"

#include "meminfo.h"
#include "pressure.h"
#include "vmstat.h"
#include "words.h"

namespace check_system {

using chela::condition;
using chela::ErrorCode;

Outcome look_at_memory(chela::Host& host, double min_available_percent, chela::Report& report) {
  const auto file = host.files().read("/proc/meminfo");
  if (!file) return {{}, "", "memory: " + file.error().message};
  const auto memory = parse_meminfo(file->bytes);
  if (!memory) return {{}, "", "memory: " + memory.error().message};
  const double available = memory->available_percent();
  report.metric("memory_available_percent", available, "percent");
  Outcome outcome{{}, "memory " + percent(available) + " available", ""};
  if (available < min_available_percent) {
    outcome.findings.push_back(condition("memory", "memory nearly used up")
                                   .detail(gib(memory->available_bytes) + " of " +
                                           gib(memory->total_bytes) + " available (" +
                                           percent(available) + ") without swapping."));
  }
  return outcome;
}

std::optional<Outcome> look_at_pressure(chela::Host& host, const std::string& resource,
                                        double limit, chela::Report& report) {
  const auto file = host.files().read("/proc/pressure/" + resource);
  if (!file && file.error().code == ErrorCode::not_found) return std::nullopt;
  if (!file) return Outcome{{}, "", "pressure on " + resource + ": " + file.error().message};
  const auto share = parse_pressure(file->bytes);
  if (!share) return Outcome{{}, "", "pressure on " + resource + ": " + share.error().message};
  report.metric("pressure_percent:" + resource, *share, "percent");
  Outcome outcome;
  if (*share > limit) {
    outcome.findings.push_back(condition("pressure:" + resource, "programs wait for " + resource)
                                   .detail("In " + percent(*share) +
                                           " of the last 5 minutes some program had to wait for " +
                                           resource + "."));
    outcome.summary = "pressure on " + resource + " " + percent(*share);
  }
  return outcome;
}

void look_for_oom_kills(chela::Host& host, Round& round) {
  const auto before = chela::get_int(round.cursor, "oom_kills", -1);
  const auto since_ms = chela::get_int(round.cursor, "oom_since_ms", 0);
  const auto keep = [&](std::int64_t kills, std::int64_t at_ms) {
    if (kills < 0) return;
    round.state["oom_kills"] = kills;
    round.state["oom_since_ms"] = at_ms;
  };
  keep(before, since_ms);
  const auto file = host.files().read("/proc/vmstat");
  if (!file && file.error().code == ErrorCode::not_found) return;
  if (!file) return round.say_cannot_tell("kills for want of memory: " + file.error().message);
  const auto kills = parse_oom_kills(file->bytes);
  if (!kills) return round.say_cannot_tell("kills for want of memory: " + kills.error().message);
  if (!*kills) return;  // before Linux 4.13
  if (before != **kills) keep(**kills, round.now_ms);
  const auto fresh = new_oom_kills(before, **kills);
  if (fresh == 0) return;
  const std::string count = std::to_string(fresh);
  // Named after where the counting began, so that a second look from the same cursor finds the same
  // event; the moment tells apart counters of different starts of the machine.
  round.add(chela::event("oom-kill:" + std::to_string(before) + "@" + std::to_string(since_ms),
                         "programs killed for want of memory: " + count)
                .detail("The kernel killed " + count +
                        " since the last look; `journalctl -k -g oom` names them."));
  round.say(count + " killed for want of memory");
}

}  // namespace check_system
