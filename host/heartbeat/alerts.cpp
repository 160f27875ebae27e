#include "heartbeat/alerts.h"

#include <algorithm>

#include "base/text.h"

namespace chela::heartbeat {

using tasks::CheckRow;
using tasks::CheckStatus;
using tasks::RunOutcome;

bool could_tell(const CheckRun& run) {
  return run.outcome == RunOutcome::ok && run.report.status != CheckStatus::unknown;
}

CheckRow row_after(const CheckRow& before, const CheckRun& run) {
  CheckRow row = before;
  row.check = run.check;
  row.last_attempt = run.started;
  if (run.outcome == RunOutcome::ok) {
    row.last_status = run.report.status;
    row.last_summary = run.report.summary;
    row.metrics = json::serialize(tasks::to_json(run.report.metrics));
  } else {
    row.last_status = CheckStatus::unknown;
    row.last_summary = base::printable(run.error, 300);
  }
  if (!could_tell(run)) {
    ++row.consecutive_failures;
    return row;
  }
  row.last_ok = run.started;
  row.consecutive_failures = 0;
  row.baseline_done = true;
  if (run.report.cursor) row.cursor = *run.report.cursor;
  return row;
}

AlertChanges retire(std::string_view check, const Memory& memory, Timestamp now) {
  AlertChanges changes;
  changes.check = check;
  for (const auto& alert : memory.open) {
    if (alert.check != check) continue;
    const auto lasted = std::max(now - alert.opened_at, Duration::zero());
    changes.recovered.push_back({alert, lasted, "no longer checked (removed or disabled)"});
  }
  for (const auto& row : memory.conditions) {
    if (row.check == check) changes.forgotten.push_back({row.check, row.key});
  }
  for (const auto& mute : memory.mutes) {
    if (mute.check == check) changes.unmuted.push_back(mute);
  }
  return changes;
}

}  // namespace chela::heartbeat
