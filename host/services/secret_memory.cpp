#include "services/secret_memory.h"

#include <algorithm>

#include "services/secret_op_text.h"

namespace chela::services {
namespace {

bool needs_human(const std::optional<SecretFailure>& failure) {
  return failure && state_of(failure->cause) == SecretState::needs_human;
}

bool is_op(const SecretEntry& entry) {
  return entry.ref.source == SecretSource::op;
}

}  // namespace

SecretEntry& SecretMemory::entry_of(const SecretRef& ref) {
  auto& entry = entries_.try_emplace(ref.key).first->second;
  if (entry.ref.key.empty()) entry.ref = ref;
  return entry;
}

CacheEntry SecretMemory::facts_of(const SecretEntry& entry, Timestamp now) const {
  return {entry.value != nullptr, entry.read_at, entry.is_doubted, may_not_read(entry, now)};
}

CacheMove SecretMemory::move_of(const SecretEntry& entry, Timestamp now) const {
  return decide(facts_of(entry, now), times_of(entry.ref.source, policy_), now);
}

bool SecretMemory::is_usable(const SecretEntry& entry, Timestamp now) const {
  return is_usable_stale(facts_of(entry, now), times_of(entry.ref.source, policy_), now);
}

bool SecretMemory::may_not_read(const SecretEntry& entry, Timestamp now) const {
  if (is_local(entry.ref.source)) return false;
  if (is_op(entry) && is_held_back(op_patience_, now)) return true;
  return is_held_back(entry.patience, now);
}

void SecretMemory::settle(SecretEntry& entry, SecretRead read, Timestamp now,
                          const OnSecret& tell) {
  if (read.failure && read.failure->cause == SecretCause::cancelled) return;
  entry.steps = std::move(read.steps);
  if (read.failure) return settle_failure(entry, std::move(*read.failure), now);
  const bool is_new = !entry.value || entry.value->view() != read.value.view();
  if (is_new) {
    if (tell) tell(to_string(entry.ref), read.value.view());
    entry.value = std::make_shared<const SecretString>(std::move(read.value));
    entry.generation = ++last_generation_;
  }
  entry.read_at = now;
  entry.is_doubted = false;
  entry.failure.reset();
  entry.patience = {};
  if (is_op(entry)) op_answers();
}

void SecretMemory::settle_failure(SecretEntry& entry, SecretFailure failure, Timestamp now) {
  if (!needs_human(entry.failure)) entry.waiting_since = now;
  if (is_op(entry) && concerns_all_of_op(failure)) {
    op_patience_ = after_failure(op_patience_, failure, now);
    op_failure_ = failure;
  } else {
    entry.patience = after_failure(entry.patience, failure, now);
    // Whoever says that there is no such item is not locked.
    if (is_op(entry) && state_of(failure.cause) == SecretState::config) op_answers();
  }
  // A local value counts as long as it is there.
  if (is_local(entry.ref.source)) entry.value.reset();
  entry.failure = std::move(failure);
}

// It is not locked, so what held others back is over.
void SecretMemory::op_answers() {
  op_patience_ = {};
  op_failure_.reset();
  for (auto& [key, other] : entries_) {
    if (!is_op(other) || !other.failure || !concerns_all_of_op(*other.failure)) continue;
    other.failure.reset();
    other.patience = {};
  }
}

void SecretMemory::hold_back(SecretEntry& entry, Timestamp now) const {
  if (!is_op(entry) || !op_failure_ || !is_held_back(op_patience_, now)) return;
  if (!needs_human(entry.failure)) entry.waiting_since = now;
  entry.failure = op_failure_;
  entry.steps = {{op_failure_->step, op_failure_->message, false}};
}

SecretOutcome SecretMemory::value_of(const SecretEntry& entry) {
  SecretOutcome outcome;
  outcome.value = entry.value;
  outcome.generation = entry.generation;
  outcome.steps = entry.steps;
  return outcome;
}

SecretOutcome SecretMemory::outcome_of(const SecretEntry& entry, Timestamp now) const {
  SecretOutcome outcome = value_of(entry);
  if (!entry.failure && entry.value) return outcome;
  outcome.failure = entry.failure.value_or(cancelled_read());
  outcome.is_stale = is_usable(entry, now);
  if (outcome.is_stale) return outcome;
  outcome.value.reset();
  outcome.generation = 0;
  return outcome;
}

bool SecretMemory::invalidate(const SecretRef& ref, std::uint64_t generation) {
  const auto found = entries_.find(ref.key);
  if (found == entries_.end() || !found->second.value) return false;
  SecretEntry& entry = found->second;
  if (entry.generation != generation) return true;  // it has been read again meanwhile
  // Until it has been read again, or could not be, everybody who used it may wait for that.
  if (entry.doubted_generation == generation) return entry.is_doubted && !entry.failure;
  entry.doubted_generation = generation;
  entry.is_doubted = true;
  return true;
}

void SecretMemory::retry_now() {
  op_patience_ = {};
  for (auto& [key, entry] : entries_) entry.patience = {};
}

std::vector<WaitingSecret> SecretMemory::waiting(Timestamp now) const {
  std::vector<WaitingSecret> list;
  for (const auto& [key, entry] : entries_) {
    if (!needs_human(entry.failure)) continue;
    list.push_back({to_string(entry.ref), entry.failure->cause, entry.failure->message,
                    entry.waiting_since, unlock_command(entry.failure->cause),
                    is_usable(entry, now)});
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const auto& a, const auto& b) { return a.since < b.since; });
  return list;
}

std::optional<Timestamp> SecretMemory::next_retry(Timestamp now) const {
  if (waiting_refs().empty()) return std::nullopt;
  return is_held_back(op_patience_, now) ? next_try(op_patience_) : now;
}

std::vector<SecretRef> SecretMemory::waiting_refs() const {
  std::vector<SecretRef> refs;
  for (const auto& [key, entry] : entries_) {
    if (needs_human(entry.failure)) refs.push_back(entry.ref);
  }
  return refs;
}

}  // namespace chela::services
