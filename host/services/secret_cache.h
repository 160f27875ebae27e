// When a secret is read again, and when not yet: the rules of the cache and of the patience after a
// failure. Pure: `now` is passed in.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "services/secret_outcome.h"
#include "services/secret_ref.h"

namespace chela::services {

// How long a value counts, from when it was read.
struct CacheTimes {
  Duration refresh_at;  // from here on it is used and read again beside that
  Duration ttl;         // from here on it is read again before it is used
  Duration max_stale;   // until then it is used where it cannot be read
};

struct CachePolicy {
  Duration ttl = std::chrono::hours(12);        // of op: and exec:; refreshed at its half
  Duration max_stale = std::chrono::hours(72);  // of op: and exec:
  // env:, file: and cred: cost nothing to read, and what is there now is what counts.
  Duration local_ttl = std::chrono::minutes(1);
};
CacheTimes times_of(SecretSource source, const CachePolicy& policy);

// What is remembered of failures: of one reference, or of `op` as a whole.
struct Patience {
  SecretCause cause = SecretCause::none;  // none: the last read was well
  bool may_have_prompted = false;
  int failures = 0;  // in a row
  Timestamp last_try{};
  std::optional<Duration> retry_after;  // as the other side asked for
};

// `before`, after one more failure.
Patience after_failure(const Patience& before, const SecretFailure& failure, Timestamp now);

// How long nobody tries again. A person is needed: 1, 2, 5, 15 min and then every 15, but at least
// 15 min after a prompt that nobody answered or somebody dismissed. Too many requests: what
// 1Password asks for, else 15 min. Not there, hangs, crashes: 10 s, 30 s, 1 min, 5 min and then
// every 5. Configuration: 1 min.
Duration wait_after(const Patience& patience);

// Whether that time is still running. A clock that was set back ends it.
bool is_held_back(const Patience& patience, Timestamp now);
Timestamp next_try(const Patience& patience);

// Whether a failure of `op` says something about all references, not about one.
bool concerns_all_of_op(const SecretFailure& failure);

enum class CacheMove {
  use,              // the value that is there
  use_and_refresh,  // the same, and read it again beside that
  read,             // read, and wait for it
  use_stale,        // may not be read now: the last good value
  refuse,           // may not be read now, and there is no value: the last failure again
};

struct CacheEntry {
  bool has_value = false;
  Timestamp read_at{};
  bool is_doubted = false;  // the other side refused it: see Secrets::invalidate
  bool is_held_back = false;
};
CacheMove decide(const CacheEntry& entry, const CacheTimes& times, Timestamp now);

// Whether a value that could not be read again may still be used.
bool is_usable_stale(const CacheEntry& entry, const CacheTimes& times, Timestamp now);

// A reference that waits for a person.
struct WaitingSecret {
  std::string reference;
  SecretCause cause = SecretCause::none;
  std::string message;       // what is wrong, one sentence
  Timestamp since{};         // when it was first refused
  std::string command;       // what a person runs, exactly
  bool still_works = false;  // a value read before is used meanwhile
};

// One task for all of them.
struct UnlockTask {
  std::string key;  // "unlock-1password", always
  std::string title;
  std::string detail;  // lines: why, the command, each reference
};
// Nothing where nobody waits. The same references give the same words, so that the task is not
// written again at every look.
std::optional<UnlockTask> unlock_task(const std::vector<WaitingSecret>& waiting);

}  // namespace chela::services
