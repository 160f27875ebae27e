// Which notifiers are left alone, and until when; kept in the ledger.
#pragma once

#include <set>
#include <string>

#include "tasks/ledger.h"

namespace chela::heartbeat {

// Why a notifier is left alone: {"until": milliseconds, "own": [12]}.
struct Silence {
  Timestamp until{};
  std::set<std::int64_t> own{};  // rows that failed where others were taken: they hold up nobody
};

// Of `target`; none where none is kept, or it is of another clock.
Silence read_silence(tasks::Ledger& ledger, const std::string& target, Timestamp now);

// Rows that are no longer owed are forgotten.
Result<void> write_silence(tasks::Ledger& ledger, const std::string& target,
                           const Silence& silence);

// Forgets that the notifier `target` could not be reached: what it is owed is due at once, but what
// waits for the end of quiet hours or for more lines.
Result<void> try_again(tasks::Ledger& ledger, const std::string& target, Timestamp now);

}  // namespace chela::heartbeat
