// What a tick starts from: ledger, state file and wish, read once and passed on.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "heartbeat/choose.h"
#include "heartbeat/needs.h"
#include "heartbeat/state_sync.h"
#include "heartbeat/tick.h"

namespace chela::heartbeat {

// What the ledger and the state file know at the start of a tick.
struct Start {
  Timestamp now;
  tasks::Snapshot snapshot;
  SyncedTimes synced;
  RowsByCheck rows;                     // edits applied
  Candidates candidates;                // parallel to context.checks
  std::set<std::string> open_tasks;     // by the ledger
  std::vector<tasks::TaskRow> adopted;  // of an earlier ledger, see adopt_tasks
};

// Errors are the ledger's. A corrupt state file is set aside, see read_times.
Result<Start> read_start(TickContext& context);

// What the request asks for, in positions of context.checks.
// not_found, with a suggestion, for a check that is not there.
Result<Wish> wish_of(const TickContext& context, const TickRequest& request);

}  // namespace chela::heartbeat
