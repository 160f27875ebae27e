#include "tasks/outbox.h"

#include <algorithm>
#include <set>
#include <utility>

namespace chela::tasks {
namespace {

constexpr Duration kLongestWait = std::chrono::hours(25);

// The oldest row of each task, and all that belong to none.
std::vector<OutboxRow> first_rows(const std::vector<OutboxRow>& outbox) {
  std::vector<OutboxRow> first;
  std::set<std::pair<std::string, std::string>> busy;  // target and task of an earlier row
  for (const auto& row : outbox) {
    if (row.task_id.empty() || busy.emplace(row.target, row.task_id).second) first.push_back(row);
  }
  return first;
}

bool is_due(const OutboxRow& row, Timestamp now) {
  // Longer than it could have been meant to wait: the clock has gone back.
  const Duration longest = std::max(kLongestWait, row.not_before - row.created_at);
  return row.not_before <= now || row.not_before > now + longest;
}

}  // namespace

std::vector<OutboxRow> sendable(const std::vector<OutboxRow>& outbox, Timestamp now) {
  auto ready = first_rows(outbox);
  std::erase_if(ready, [&](const OutboxRow& row) { return !is_due(row, now); });
  return ready;
}

std::optional<Timestamp> next_sendable(const std::vector<OutboxRow>& outbox, Timestamp now) {
  std::optional<Timestamp> next;
  for (const auto& row : first_rows(outbox)) {
    const Timestamp at = is_due(row, now) ? now : row.not_before;
    if (!next || at < *next) next = at;
  }
  return next;
}

Timestamp next_attempt(int attempts, Timestamp now) {
  constexpr Duration kFirst = std::chrono::seconds(30);
  constexpr Duration kLongest = std::chrono::hours(1);
  const int doublings = std::clamp(attempts - 1, 0, 10);
  return now + std::min(kFirst * (1 << doublings), kLongest);
}

}  // namespace chela::tasks
