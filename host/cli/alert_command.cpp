// `chela alert list|ack|snooze|resume`.
#include <algorithm>
#include <cstdio>

#include "base/text.h"
#include "cli/alert_json.h"
#include "cli/output.h"
#include "cli/session.h"
#include "heartbeat/mutes.h"
#include "heartbeat/wording.h"

namespace chela::cli {
namespace {

std::vector<std::string> check_ids(const app::Engine& engine) {
  std::vector<std::string> ids;
  for (const auto& spec : engine.checks()) ids.push_back(spec.plan.id);
  return ids;
}

int list_json(const tasks::Snapshot& snapshot) {
  json::array alerts, snoozed;
  for (const auto& alert : snapshot.alerts) alerts.push_back(alert_json(alert, snapshot.mutes));
  for (const auto& mute : snapshot.mutes) {
    if (!mute.key.empty() || !mute.until) continue;
    snoozed.push_back(
        json::object{{"check", mute.check}, {"until", base::format_utc(*mute.until)}});
  }
  print_json(json::object{{"alerts", std::move(alerts)}, {"snoozed_checks", std::move(snoozed)}});
  return kOk;
}

void print_alerts(const tasks::Snapshot& snapshot, Timestamp now) {
  std::vector<std::vector<std::string>> rows{{"SEVERITY", "SINCE", "ALERT", "TASK", "WHAT"}};
  for (const auto& alert : snapshot.alerts) {
    const std::string marks = alert_marks(alert, muted(alert, snapshot.mutes), now);
    rows.push_back({std::string(tasks::to_string(alert.severity)), ago(alert.opened_at, now),
                    base::printable(heartbeat::finding_name(alert), 300),
                    alert.task_id.empty() ? "-" : alert.task_id,
                    base::printable(alert.title, 200) + (marks.empty() ? "" : " (" + marks + ")")});
  }
  if (rows.size() == 1) {
    std::printf("no open alerts\n");
  } else {
    print_table(rows);
  }
  for (const auto& mute : snapshot.mutes) {
    if (!mute.key.empty() || !mute.until || *mute.until <= now) continue;
    std::printf("%s is snoozed for another %s (chela alert resume %s)\n", mute.check.c_str(),
                base::describe_duration(*mute.until - now).c_str(), mute.check.c_str());
  }
}

// "system/disk:/: disk nearly full: /"
std::string shown(const tasks::AlertRow& alert) {
  return base::printable(heartbeat::finding_name(alert) + ": " + alert.title, 200);
}

void print_muted(const AlertCommand& command, const heartbeat::MuteTarget& target) {
  if (command.what == AlertCommand::What::ack) {
    for (const auto& alert : target.alerts)
      std::printf("acknowledged %s (no reminders until its severity changes)\n",
                  shown(alert).c_str());
    return;
  }
  if (!target.check.empty()) {
    std::printf("%s goes on running; nothing of it is said for %s\n", target.check.c_str(),
                command.length.c_str());
    return;
  }
  for (const auto& alert : target.alerts)
    std::printf("nothing is said for %s about %s\n", command.length.c_str(), shown(alert).c_str());
}

Result<std::vector<tasks::MuteRow>> rows_of(const AlertCommand& command,
                                            const heartbeat::MuteTarget& target, Timestamp now) {
  if (command.what == AlertCommand::What::ack)
    return heartbeat::acknowledge(target, command.note, now);
  const auto length = base::parse_duration(command.length);
  if (!length) {
    return fail(ErrorCode::invalid_argument, "'" + base::printable(command.length, 60) +
                                                 "' is no duration; wanted one such as 90m, 2h or "
                                                 "3d");
  }
  return heartbeat::snooze(target, *length, now);
}

Result<void> resume(tasks::Ledger& ledger, const heartbeat::MuteTarget& target,
                    const std::vector<tasks::MuteRow>& mutes) {
  const auto ids = heartbeat::muted_ids(target, mutes);
  CHELA_TRY(ledger.unmute(ids));
  for (const auto& id : ids) {
    std::printf("%s is heard again\n",
                base::printable(id.key.empty() ? id.check : id.check + "/" + id.key, 200).c_str());
  }
  if (ids.empty()) std::printf("nothing of it was acknowledged or snoozed\n");
  return {};
}

Result<void> change(app::Engine& engine, const AlertCommand& command,
                    const tasks::Snapshot& snapshot, Timestamp now) {
  CHELA_TRY(const auto target,
            heartbeat::find_mute_target(command.name, snapshot, check_ids(engine)));
  if (command.what == AlertCommand::What::resume)
    return resume(engine.ledger(), target, snapshot.mutes);
  CHELA_TRY(const auto rows, rows_of(command, target, now));
  CHELA_TRY(engine.ledger().mute(rows));
  print_muted(command, target);
  return {};
}

}  // namespace

int run_alert(const Global& global, const AlertCommand& command) {
  auto session = open_session(global);
  if (!session) return report(session.error());
  auto& engine = *(*session)->engine;
  const Timestamp now = (*session)->clock.now();
  const auto snapshot = engine.ledger().load();
  if (!snapshot) return report(snapshot.error());
  if (command.what == AlertCommand::What::list) {
    if (global.json) return list_json(*snapshot);
    print_alerts(*snapshot, now);
    return kOk;
  }
  const auto changed = change(engine, command, *snapshot, now);
  return changed ? kOk : report(changed.error());
}

}  // namespace chela::cli
