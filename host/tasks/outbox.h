// Which owed effects may be tried now, and when to try again after a failure.
#pragma once

#include <optional>
#include <vector>

#include "tasks/records.h"

namespace chela::tasks {

// The rows whose time has come, oldest first. Rows of one task keep their order: while an earlier
// one is still owed, a later one waits, so nobody closes a task that is not created yet. A row that
// would have to wait for over a day, and longer than from its making to its time, is due: the clock
// has gone back since.
std::vector<OutboxRow> sendable(const std::vector<OutboxRow>& outbox, Timestamp now);

// When `sendable` next gives a row: `now` where it does already, nothing where nothing is owed.
// Rows that wait for an earlier one of their task do not count.
std::optional<Timestamp> next_sendable(const std::vector<OutboxRow>& outbox, Timestamp now);

// 30 s after the first failure, doubling up to 1 h. `attempts` counts the failure that just
// happened.
Timestamp next_attempt(int attempts, Timestamp now);

}  // namespace chela::tasks
