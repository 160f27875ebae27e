// What a person means by `chela alert ack|snooze|resume NAME`. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chela/result.h"
#include "tasks/ledger.h"

namespace chela::heartbeat {

// What a name stands for.
struct MuteTarget {
  std::vector<tasks::AlertRow> alerts;  // open ones
  std::string check;                    // set where the name is a check's
};

// `name` is "check/key" as `chela alert list` shows it, the id of a task (all its open alerts), or
// a check's id. not_found names the nearest there is, or says that nothing is open.
//   checks  ids of the checks that are on
Result<MuteTarget> find_mute_target(std::string_view name, const tasks::Snapshot& snapshot,
                                    const std::vector<std::string>& checks);

// No reminders of these alerts until their severity changes; failed_precondition where the check
// has no open alert.
Result<std::vector<tasks::MuteRow>> acknowledge(const MuteTarget& target, std::string_view note,
                                                Timestamp now);

// Nothing at all for `length`: of the check, where the name was a check's, else of the alerts.
// invalid_argument for a length that is not between a minute and 366 days.
Result<std::vector<tasks::MuteRow>> snooze(const MuteTarget& target, Duration length,
                                           Timestamp now);

// Everything that was said about the target, to be taken back.
std::vector<tasks::AlertId> muted_ids(const MuteTarget& target,
                                      const std::vector<tasks::MuteRow>& mutes);

}  // namespace chela::heartbeat
