// What is remembered of secrets: values, failures, and who waits for a person. Reads nothing; `now`
// is passed in.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/secret_cache.h"
#include "services/secret_outcome.h"
#include "services/secret_ref.h"

namespace chela::services {

// Told of every new value, before anybody gets it. `name` is the reference as it is printed.
using OnSecret = std::function<void(std::string_view name, std::string_view value)>;

// What is known of one reference.
struct SecretEntry {
  SecretRef ref;
  std::shared_ptr<const SecretString> value;
  std::uint64_t generation = 0;
  std::uint64_t doubted_generation = 0;  // the last one that was doubted
  Timestamp read_at{};
  bool is_doubted = false;
  Patience patience;
  std::optional<SecretFailure> failure;  // of the last read
  std::vector<SecretStep> steps;         // of the last read
  Timestamp waiting_since{};
};

// [loop-thread]
class SecretMemory {
 public:
  explicit SecretMemory(CachePolicy policy) : policy_(policy) {}

  // Made where it is new; stays where it is.
  SecretEntry& entry_of(const SecretRef& ref);
  CacheMove move_of(const SecretEntry& entry, Timestamp now) const;
  bool may_not_read(const SecretEntry& entry, Timestamp now) const;

  // Takes in what came of one read; a cancelled one leaves everything as it was.
  void settle(SecretEntry& entry, SecretRead read, Timestamp now, const OnSecret& tell);
  // Says of an entry what holds all of `op` back, where something does.
  void hold_back(SecretEntry& entry, Timestamp now) const;

  static SecretOutcome value_of(const SecretEntry& entry);
  // The value, or the failure, with the last good value where that may be used.
  SecretOutcome outcome_of(const SecretEntry& entry, Timestamp now) const;

  // As Secrets has them.
  bool invalidate(const SecretRef& ref, std::uint64_t generation);
  void retry_now();
  std::vector<WaitingSecret> waiting(Timestamp now) const;
  std::optional<Timestamp> next_retry(Timestamp now) const;
  std::vector<SecretRef> waiting_refs() const;

 private:
  CacheEntry facts_of(const SecretEntry& entry, Timestamp now) const;
  bool is_usable(const SecretEntry& entry, Timestamp now) const;
  void settle_failure(SecretEntry& entry, SecretFailure failure, Timestamp now);
  void op_answers();

  CachePolicy policy_;
  std::map<std::string, SecretEntry> entries_;  // by SecretRef::key
  Patience op_patience_;
  std::optional<SecretFailure> op_failure_;  // what holds all of `op` back
  std::uint64_t last_generation_ = 0;
};

}  // namespace chela::services
