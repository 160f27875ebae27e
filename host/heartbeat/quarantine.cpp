#include "heartbeat/quarantine.h"

#include <algorithm>

namespace chela::heartbeat {

QuarantineChange after_run(const std::string& plugin, const std::optional<std::string>& fault,
                           const std::vector<tasks::FaultRow>& recent,
                           const std::optional<tasks::QuarantineRow>& current, Timestamp now) {
  if (!fault) return {current ? QuarantineStep::lift : QuarantineStep::none, {}};
  if (current) {
    const Duration before = std::max(current->until - current->since, kQuarantine);
    const Duration next = std::min(before * 2, kLongestQuarantine);
    return {QuarantineStep::set, {plugin, now, now + next, *fault}};
  }
  const auto lately = std::count_if(recent.begin(), recent.end(), [&](const tasks::FaultRow& row) {
    return row.at > now - kFaultWindow;
  });
  if (lately + 1 < kFaultsBeforeQuarantine) return {};
  return {QuarantineStep::set, {plugin, now, now + kQuarantine, *fault}};
}

std::string quarantine_line(const tasks::QuarantineRow& row) {
  return row.plugin + " is quarantined for " + base::describe_duration(row.until - row.since) +
         " after repeated faults; it is tried again then (chela status shows it)";
}

}  // namespace chela::heartbeat
