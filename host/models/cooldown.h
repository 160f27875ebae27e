// Which candidates to stay away from, and for how long. Pure: `now` and `jitter` are passed in.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "models/failure.h"

namespace chela::models {

// What a cooldown is about; an empty key or model means all of them.
struct CooldownKey {
  std::string provider;
  std::string key;    // the secret's reference, never its value
  std::string model;  // on the wire
  auto operator<=>(const CooldownKey&) const = default;
};

struct Cooldown {
  Timestamp until{};
  int failures = 0;  // in a row
  Reason reason = Reason::garbage;
  std::string message;
  Timestamp last_failure{};
  Timestamp last_try{};
  bool operator==(const Cooldown&) const = default;
};

using Cooldowns = std::map<CooldownKey, Cooldown>;

// What a failure at (provider, key, model) is about, by its scope; nullopt where it says nothing
// about the next try.
std::optional<CooldownKey> cooldown_key(const Failure& failure, const CooldownKey& at);

// The cooldown after one more failure. The wait is what the service asked for or our own back-off
// (the first time the reason's own, then twice and ten times that, at most the reason's longest),
// whichever is longer, lengthened by up to a tenth of itself: jitter from 0 to 1. A day without
// failure forgets those before it.
Cooldown after_failure(const std::optional<Cooldown>& before, const Failure& failure, Timestamp now,
                       double jitter);

// The cooldown that keeps (provider, key, model) away now: of those that hold the one that ends
// last. One that began in the future, because the clock was set back, holds nobody.
const Cooldown* holding(const Cooldowns& cooldowns, const CooldownKey& at, Timestamp now);

// The same with what it is kept under.
Cooldowns::const_iterator find_holding(const Cooldowns& cooldowns, const CooldownKey& at,
                                       Timestamp now);

// How long a candidate that was probed is left alone.
inline constexpr Duration kProbeEvery = std::chrono::seconds(10);

// Whether a candidate that is cooled down may be tried all the same where all others are too: only
// after what may have passed by now, and not more often than every 10 s.
bool may_probe(const Cooldown& cooldown, Timestamp now);

// The cooldowns of (provider, key, model) that a good answer ends.
std::vector<CooldownKey> ended_by_success(const Cooldowns& cooldowns, const CooldownKey& at);

}  // namespace chela::models
