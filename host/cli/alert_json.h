// One open alert as `--json` shows it, in every command alike.
#pragma once

#include "tasks/ledger.h"

namespace chela::cli {

// {"name":"system/disk:/","check":"system","key":"disk:/","severity":"warn","title":"..",
//  "detail":"..","needs_human":false,"opened_at":"2026-11-22T05:40:11Z","last_seen":"..",
//  "last_said":"..","flapping":false,"acknowledged":{"at":"..","note":".."} or null,
//  "snoozed_until":".." or null (the alert's, or its check's),"task":"k3f9q2"}
json::object alert_json(const tasks::AlertRow& alert, const std::vector<tasks::MuteRow>& mutes);

// What a person has said about it, as far as it holds at `now`.
struct Muted {
  bool is_acknowledged = false;
  std::string note;
  std::optional<Timestamp> acknowledged_at;
  std::optional<Timestamp> snoozed_until;
};
Muted muted(const tasks::AlertRow& alert, const std::vector<tasks::MuteRow>& mutes);

// "needs you, acknowledged, snoozed for 2 h, flapping", or "".
std::string alert_marks(const tasks::AlertRow& alert, const Muted& muted, Timestamp now);

}  // namespace chela::cli
