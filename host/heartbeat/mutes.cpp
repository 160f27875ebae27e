#include "heartbeat/mutes.h"

#include <algorithm>

#include "base/text.h"
#include "heartbeat/wording.h"

namespace chela::heartbeat {

using tasks::AlertRow;
using tasks::MuteKind;
using tasks::MuteRow;

Result<MuteTarget> find_mute_target(std::string_view name, const tasks::Snapshot& snapshot,
                                    const std::vector<std::string>& checks) {
  MuteTarget target;
  std::vector<std::string> known = checks;
  for (const auto& alert : snapshot.alerts) {
    const bool is_of_check = alert.check == name;
    const bool is_meant = finding_name(alert) == name || (!name.empty() && alert.task_id == name);
    if (is_of_check || is_meant) target.alerts.push_back(alert);
    known.push_back(finding_name(alert));
    known.push_back(alert.task_id);
  }
  const bool is_check = std::find(checks.begin(), checks.end(), name) != checks.end();
  if (is_check) target.check = name;
  if (is_check || !target.alerts.empty()) return target;
  const auto meant = base::closest(name, known);
  std::string message =
      "no open alert, task or check is called '" + base::printable(name, 100) + "'";
  if (!meant.empty()) message += "; did you mean '" + base::printable(meant, 200) + "'?";
  return fail(ErrorCode::not_found, message + " (chela alert list shows them)");
}

Result<std::vector<MuteRow>> acknowledge(const MuteTarget& target, std::string_view note,
                                         Timestamp now) {
  if (target.alerts.empty())
    return fail(ErrorCode::failed_precondition, "nothing of " + target.check + " is open");
  std::vector<MuteRow> rows;
  for (const auto& alert : target.alerts) {
    rows.push_back({alert.check, alert.key, MuteKind::acknowledged, now, std::nullopt,
                    alert.severity, base::printable(note, 300)});
  }
  return rows;
}

Result<std::vector<MuteRow>> snooze(const MuteTarget& target, Duration length, Timestamp now) {
  constexpr Duration kShortest = std::chrono::minutes(1);
  constexpr Duration kLongest = std::chrono::hours(24) * 366;
  if (length < kShortest || length > kLongest) {
    return fail(ErrorCode::invalid_argument,
                "a snooze lasts from 1m to 366d; found " + base::format_duration(length));
  }
  std::vector<MuteRow> rows;
  const auto add = [&](const std::string& check, const std::string& key, tasks::Severity severity) {
    rows.push_back({check, key, MuteKind::snoozed, now, now + length, severity, ""});
  };
  if (!target.check.empty()) {
    add(target.check, "", tasks::Severity::info);
    return rows;
  }
  for (const auto& alert : target.alerts) add(alert.check, alert.key, alert.severity);
  return rows;
}

std::vector<tasks::AlertId> muted_ids(const MuteTarget& target, const std::vector<MuteRow>& mutes) {
  std::vector<tasks::AlertId> ids;
  for (const auto& mute : mutes) {
    const bool is_meant =
        (!target.check.empty() && mute.check == target.check) ||
        std::any_of(target.alerts.begin(), target.alerts.end(), [&](const AlertRow& alert) {
          return alert.check == mute.check && alert.key == mute.key;
        });
    const tasks::AlertId id{mute.check, mute.key};
    if (is_meant && std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  }
  return ids;
}

}  // namespace chela::heartbeat
