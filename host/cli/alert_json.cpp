#include "cli/alert_json.h"

#include <algorithm>

#include "heartbeat/wording.h"

namespace chela::cli {

Muted muted(const tasks::AlertRow& alert, const std::vector<tasks::MuteRow>& mutes) {
  Muted found;
  for (const auto& mute : mutes) {
    if (mute.check != alert.check || (mute.key != alert.key && !mute.key.empty())) continue;
    if (mute.kind == tasks::MuteKind::snoozed) {
      found.snoozed_until = std::max(found.snoozed_until, mute.until);
    } else {
      found.is_acknowledged = true;
      found.acknowledged_at = mute.at;
      found.note = mute.note;
    }
  }
  return found;
}

json::object alert_json(const tasks::AlertRow& alert, const std::vector<tasks::MuteRow>& mutes) {
  const Muted said = muted(alert, mutes);
  json::object object{{"name", heartbeat::finding_name(alert)},
                      {"check", alert.check},
                      {"key", alert.key},
                      {"severity", tasks::to_string(alert.severity)},
                      {"title", alert.title},
                      {"detail", alert.detail},
                      {"needs_human", alert.needs_human},
                      {"opened_at", base::format_utc(alert.opened_at)},
                      {"last_seen", base::format_utc(alert.last_seen)},
                      {"last_said", base::format_utc(alert.last_said)},
                      {"flapping", alert.is_flapping},
                      {"acknowledged", nullptr},
                      {"snoozed_until", nullptr},
                      {"task", alert.task_id}};
  if (said.is_acknowledged) {
    object["acknowledged"] = {{"at", base::format_utc(*said.acknowledged_at)}, {"note", said.note}};
  }
  if (said.snoozed_until) object["snoozed_until"] = base::format_utc(*said.snoozed_until);
  return object;
}

std::string alert_marks(const tasks::AlertRow& alert, const Muted& muted, Timestamp now) {
  std::string marks;
  const auto add = [&](const std::string& mark) { marks += (marks.empty() ? "" : ", ") + mark; };
  if (alert.needs_human) add("needs you");
  if (muted.is_acknowledged) add("acknowledged");
  if (muted.snoozed_until && *muted.snoozed_until > now)
    add("snoozed for " + base::describe_duration(*muted.snoozed_until - now));
  if (alert.is_flapping) add("flapping");
  return marks;
}

}  // namespace chela::cli
