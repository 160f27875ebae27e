// Applies the quarantine rule to one plugin, with what the ledger knows of its faults.
#pragma once

#include <optional>
#include <string>

#include "tasks/ledger.h"

namespace chela::heartbeat {

// Sets or lifts the quarantine of `plugin` after a run (see after_run) and returns the row where it
// was set.
//   fault    what it did in this run; whether the ledger holds it already makes no difference
//   current  its row before the run
Result<std::optional<tasks::QuarantineRow>> judge_plugin(
    tasks::Ledger& ledger, const std::string& plugin, const std::optional<tasks::FaultRow>& fault,
    const std::optional<tasks::QuarantineRow>& current, Timestamp now);

}  // namespace chela::heartbeat
