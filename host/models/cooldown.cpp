#include "models/cooldown.h"

#include <algorithm>

namespace chela::models {
namespace {

constexpr auto kForgotten = std::chrono::hours(24);
constexpr Duration kLongestAsked = std::chrono::hours(24 * 31);

bool covers(const CooldownKey& rule, const CooldownKey& at) {
  return rule.provider == at.provider && (rule.key.empty() || rule.key == at.key) &&
         (rule.model.empty() || rule.model == at.model);
}

}  // namespace

std::optional<CooldownKey> cooldown_key(const Failure& failure, const CooldownKey& at) {
  if (policy_of(failure).cooldown == Duration(0) && !failure.retry_after) return std::nullopt;
  switch (failure.scope) {
    case ProviderScope::request:
      return std::nullopt;
    case ProviderScope::model:
      return at;  // of this key: another key may have another limit
    case ProviderScope::key:
      return CooldownKey{at.provider, at.key, ""};
    case ProviderScope::provider:
      return CooldownKey{at.provider, "", ""};
  }
  return std::nullopt;
}

Cooldown after_failure(const std::optional<Cooldown>& before, const Failure& failure, Timestamp now,
                       double jitter) {
  const Policy policy = policy_of(failure);
  const bool counts =
      before && now - before->last_failure < kForgotten && before->last_failure <= now;
  const int failures = (counts ? before->failures : 0) + 1;
  const int factor = failures == 1 ? 1 : failures == 2 ? 2 : 10;
  Duration wait = std::min(policy.cooldown * factor, policy.longest);
  if (failure.retry_after) wait = std::max(wait, std::min(*failure.retry_after, kLongestAsked));
  wait += Duration(static_cast<std::int64_t>(static_cast<double>(wait.count()) * 0.1 *
                                             std::clamp(jitter, 0.0, 1.0)));
  return {now + wait, failures, failure.reason, failure.message, now, now};
}

Cooldowns::const_iterator find_holding(const Cooldowns& cooldowns, const CooldownKey& at,
                                       Timestamp now) {
  auto longest = cooldowns.end();
  for (auto one = cooldowns.begin(); one != cooldowns.end(); ++one) {
    const auto& [key, cooldown] = *one;
    if (!covers(key, at) || now >= cooldown.until) continue;
    // The clock was set back: it was to hold from last_failure on, and now is before that.
    if (now + std::chrono::minutes(1) < cooldown.last_failure) continue;
    if (longest == cooldowns.end() || cooldown.until > longest->second.until) longest = one;
  }
  return longest;
}

const Cooldown* holding(const Cooldowns& cooldowns, const CooldownKey& at, Timestamp now) {
  const auto found = find_holding(cooldowns, at, now);
  return found == cooldowns.end() ? nullptr : &found->second;
}

bool may_probe(const Cooldown& cooldown, Timestamp now) {
  const Failure failure{cooldown.reason, {}, {}, {}, 0};
  return policy_of(failure).is_transient && now - cooldown.last_try >= kProbeEvery;
}

std::vector<CooldownKey> ended_by_success(const Cooldowns& cooldowns, const CooldownKey& at) {
  std::vector<CooldownKey> ended;
  for (const auto& [key, cooldown] : cooldowns) {
    if (covers(key, at)) ended.push_back(key);
  }
  return ended;
}

}  // namespace chela::models
