#include "tasks/outbox.h"

#include <algorithm>
#include <set>
#include <utility>

namespace chela::tasks {
namespace {

constexpr Duration kLongestWait = std::chrono::hours(25);

}  // namespace

std::vector<OutboxRow> sendable(const std::vector<OutboxRow>& outbox, Timestamp now) {
  std::vector<OutboxRow> ready;
  std::set<std::pair<std::string, std::string>> busy;  // target and task of an earlier row
  for (const auto& row : outbox) {
    const bool is_first = row.task_id.empty() || busy.emplace(row.target, row.task_id).second;
    // Longer than it could have been meant to wait: the clock has gone back.
    const Duration longest = std::max(kLongestWait, row.not_before - row.created_at);
    const bool is_due = row.not_before <= now || row.not_before > now + longest;
    if (is_first && is_due) ready.push_back(row);
  }
  return ready;
}

Timestamp next_attempt(int attempts, Timestamp now) {
  constexpr Duration kFirst = std::chrono::seconds(30);
  constexpr Duration kLongest = std::chrono::hours(1);
  const int doublings = std::clamp(attempts - 1, 0, 10);
  return now + std::min(kFirst * (1 << doublings), kLongest);
}

}  // namespace chela::tasks
