#include "services/secret_cache.h"

#include <algorithm>
#include <iterator>

#include "base/time.h"

namespace chela::services {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kForAPerson[] = {minutes(1), minutes(2), minutes(5), minutes(15)};
constexpr Duration kForTheMachine[] = {seconds(10), seconds(30), minutes(1), minutes(5)};
constexpr Duration kAfterAPrompt = minutes(15);

template <std::size_t N>
Duration step_of(const Duration (&steps)[N], int failures) {
  const auto index = static_cast<std::size_t>(std::max(failures, 1) - 1);
  return steps[std::min(index, N - 1)];
}

// As a shell reads one word: items are called "Bob's laptop".
std::string shell_word(const std::string& text) {
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

}  // namespace

CacheTimes times_of(SecretSource source, const CachePolicy& policy) {
  if (!is_local(source)) return {policy.ttl / 2, policy.ttl, policy.max_stale};
  return {policy.local_ttl, policy.local_ttl, Duration(0)};
}

Patience after_failure(const Patience& before, const SecretFailure& failure, Timestamp now) {
  Patience after;
  after.cause = failure.cause;
  after.may_have_prompted = failure.may_have_prompted;
  // Another kind of trouble begins with short waits again.
  const bool is_same_kind = state_of(before.cause) == state_of(failure.cause);
  after.failures = is_same_kind ? before.failures + 1 : 1;
  after.last_try = now;
  after.retry_after = failure.retry_after;
  return after;
}

Duration wait_after(const Patience& patience) {
  if (patience.may_have_prompted) return kAfterAPrompt;
  switch (state_of(patience.cause)) {
    case SecretState::needs_human:
      return step_of(kForAPerson, patience.failures);
    case SecretState::rate_limited:
      return patience.retry_after.value_or(minutes(15));
    case SecretState::unavailable:
      return step_of(kForTheMachine, patience.failures);
    case SecretState::config:
      return minutes(1);
    case SecretState::ok:
    case SecretState::cancelled:
      return Duration(0);
  }
  return Duration(0);
}

Timestamp next_try(const Patience& patience) {
  return patience.last_try + wait_after(patience);
}

bool is_held_back(const Patience& patience, Timestamp now) {
  if (patience.cause == SecretCause::none || now < patience.last_try) return false;
  return now < next_try(patience);
}

bool concerns_all_of_op(const SecretFailure& failure) {
  const auto state = state_of(failure.cause);
  if (state == SecretState::needs_human || state == SecretState::rate_limited) return true;
  return failure.is_of_all_op || failure.may_have_prompted ||
         failure.cause == SecretCause::not_installed || failure.cause == SecretCause::bad_token ||
         failure.cause == SecretCause::no_network;
}

CacheMove decide(const CacheEntry& entry, const CacheTimes& times, Timestamp now) {
  const auto age = now - entry.read_at;
  // A clock that was set back says nothing about the age.
  const bool is_young = entry.has_value && age >= Duration(0) && age < times.refresh_at;
  const bool is_good = entry.has_value && age < times.ttl;
  if (is_young && !entry.is_doubted) return CacheMove::use;
  if (is_good && !entry.is_doubted) {
    return entry.is_held_back ? CacheMove::use : CacheMove::use_and_refresh;
  }
  if (!entry.is_held_back) return CacheMove::read;
  return is_usable_stale(entry, times, now) ? CacheMove::use_stale : CacheMove::refuse;
}

bool is_usable_stale(const CacheEntry& entry, const CacheTimes& times, Timestamp now) {
  return entry.has_value && now - entry.read_at < times.max_stale;
}

std::optional<UnlockTask> unlock_task(const std::vector<WaitingSecret>& waiting) {
  if (waiting.empty()) return std::nullopt;
  std::vector<WaitingSecret> sorted = waiting;
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.reference < b.reference; });
  const auto oldest = std::min_element(
      sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.since < b.since; });
  UnlockTask task;
  task.key = "unlock-1password";
  const std::size_t count = sorted.size();
  task.title = "Unlock 1Password: " + std::to_string(count) +
               (count == 1 ? " secret waits" : " secrets wait") + " for you";
  task.detail = oldest->message + ".\n";
  if (!oldest->command.empty()) task.detail += "Run: " + oldest->command + "\n";
  task.detail += "Then: chela secret test " + shell_word(oldest->reference) + "\n";
  for (const auto& one : sorted) {
    task.detail += "- " + one.reference + ", since " + base::format_utc(one.since) +
                   (one.still_works ? " (the value read before still works)" : "") + "\n";
  }
  return task;
}

}  // namespace chela::services
