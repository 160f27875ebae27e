#include "heartbeat/alerts.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace chela::heartbeat {
namespace {

using tasks::AlertRow;
using tasks::CheckRow;
using tasks::CheckStatus;
using tasks::Finding;
using tasks::FindingClass;
using tasks::RunOutcome;
using tasks::SeenEvent;
using tasks::Severity;

constexpr Duration kRememberAgainAfter = std::chrono::hours(24);

using OpenByKey = std::map<std::string, const AlertRow*>;

bool is_hosts_own(const std::string& key) {
  return key == kRunKey || key == kFaultKey;
}

AlertRow new_alert(const std::string& check, const Finding& finding, Timestamp now) {
  return {check,
          finding.key,
          finding.severity,
          finding.severity,
          finding.title,
          finding.detail,
          finding.url,
          finding.needs_human,
          now,
          now,
          ""};
}

StillOpen updated(const AlertRow& alert, const Finding& finding, Timestamp now) {
  StillOpen still{alert, false};
  AlertRow& row = still.alert;
  still.got_worse = finding.severity > row.worst || (finding.needs_human && !row.needs_human);
  row.severity = finding.severity;
  row.worst = std::max(row.worst, finding.severity);
  row.title = finding.title;
  row.detail = finding.detail;
  row.url = finding.url;
  row.needs_human = row.needs_human || finding.needs_human;
  row.last_seen = now;
  return still;
}

Recovered closed(const AlertRow& alert, std::string reason, Timestamp now) {
  const auto lasted = std::max(now - alert.opened_at, Duration::zero());
  return {alert, lasted, std::move(reason)};
}

void note_condition(AlertChanges& changes, const OpenByKey& open, const Finding& finding,
                    Timestamp now) {
  const auto known = open.find(finding.key);
  if (known != open.end()) {
    changes.still_open.push_back(updated(*known->second, finding, now));
    return;
  }
  changes.opened.push_back({new_alert(changes.check, finding, now), finding.task});
}

void note_event(AlertChanges& changes, const std::map<std::string, Timestamp>& seen,
                const Finding& finding, Timestamp now) {
  const auto known = seen.find(finding.key);
  if (known == seen.end()) changes.new_events.push_back(finding);
  // Remembering is a write; once a day is enough to outlive the ledger's forgetting.
  if (known != seen.end() && now - known->second < kRememberAgainAfter) return;
  changes.seen.push_back({changes.check, finding.key, now});
}

// The condition that stands for a run that could not tell, or nothing yet.
std::optional<Finding> trouble(const CheckRun& run, const CheckRow& after) {
  Finding finding;
  const std::string why = run.outcome == RunOutcome::ok ? run.report.summary : run.error;
  const std::string because = why.empty() ? "" : ": " + base::printable(why, 200);
  finding.detail = base::printable(why, 3000);
  if (run.outcome == RunOutcome::quarantined) {
    finding.key = kFaultKey;
    finding.severity = Severity::crit;
    finding.needs_human = true;
    finding.title = run.check + ": plugin quarantined" + because;
    return finding;
  }
  if (run.outcome == RunOutcome::crashed) {
    finding.key = kFaultKey;
    finding.title = run.check + ": plugin crashed" + because;
    return finding;
  }
  if (after.consecutive_failures < kFailuresBeforeAlert) return std::nullopt;
  finding.key = kRunKey;
  finding.title = "could not check " + run.check + because;
  finding.detail += finding.detail.empty() ? "" : "\n";
  finding.detail += std::to_string(after.consecutive_failures) +
                    " runs in a row could not tell; last good run: " +
                    (after.last_ok ? base::format_utc(*after.last_ok) : "never");
  return finding;
}

}  // namespace

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

AlertChanges fold(const CheckRun& run, const CheckRow& before, const std::vector<AlertRow>& open,
                  const std::vector<SeenEvent>& seen, Timestamp now) {
  AlertChanges changes;
  changes.check = run.check;
  OpenByKey open_now;
  for (const auto& alert : open) {
    if (alert.check == run.check) open_now[alert.key] = &alert;
  }
  std::map<std::string, Timestamp> seen_at;
  for (const auto& event : seen) {
    if (event.check == run.check) seen_at[event.key] = event.at;
  }
  const bool tells = could_tell(run);
  changes.is_baseline = tells && !before.baseline_done;
  if (run.outcome == RunOutcome::ok && (tells || before.baseline_done)) {
    for (const auto& finding : run.report.findings) {
      if (finding.cls == FindingClass::event) note_event(changes, seen_at, finding, now);
    }
  }
  if (!tells) {
    if (const auto finding = trouble(run, row_after(before, run))) {
      note_condition(changes, open_now, *finding, now);
    }
    return changes;
  }
  OpenByKey missing = open_now;
  for (const auto& finding : run.report.findings) {
    if (finding.cls != FindingClass::condition || is_hosts_own(finding.key)) continue;
    note_condition(changes, open_now, finding, now);
    missing.erase(finding.key);
  }
  for (const auto& [key, alert] : missing)
    changes.recovered.push_back(closed(*alert, "recovered", now));
  return changes;
}

AlertChanges retire(std::string_view check, const std::vector<AlertRow>& open, Timestamp now) {
  AlertChanges changes;
  changes.check = check;
  for (const auto& alert : open) {
    if (alert.check == check) {
      changes.recovered.push_back(closed(alert, "no longer checked (removed or disabled)", now));
    }
  }
  return changes;
}

}  // namespace chela::heartbeat
