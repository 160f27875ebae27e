// The host's secrets: reads references, keeps what was read in memory, and knows which wait for a
// person.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/clock.h"
#include "services/secret_memory.h"
#include "services/secret_op.h"

namespace chela::services {

struct SecretSettings {
  SecretPrograms programs;
  CachePolicy cache;
  OnSecret on_value;  // the redactor's
};

// What this process is started with: its environment, its user (and SUDO_UID under sudo), and
// `~/.config/chela/op-token` and OpenClaw's token file as places of a service-account token.
SecretSettings secret_settings_of_process();

// [loop-thread]
class Secrets {
 public:
  // `clock` must outlive it.
  Secrets(SecretSettings settings, const Clock& clock);
  // Ends every `op` that runs; who still waits gets `cancelled`.
  ~Secrets();
  Secrets(const Secrets&) = delete;
  Secrets& operator=(const Secrets&) = delete;

  // The value, from memory where it is fresh enough, else read. Equal requests share one reading;
  // one `op` runs at a time. env:, file: and cred: are read at once, without a wait: a network file
  // system that hangs, hangs the loop. Cancelling ends this wait only, and the program behind it
  // where nobody else waits for it. Never fails: a failure is an outcome.
  boost::asio::awaitable<SecretOutcome> get(SecretRef ref);

  // The other side refused the value (401, 403). `generation` is the one that was used. True where
  // it is worth another get(): a newer value is there already, or this one was not doubted before
  // and is read again first. Once per value: for the same bytes a second time false. A doubted
  // value that cannot be read again stays in use.
  bool invalidate(const SecretRef& ref, std::uint64_t generation);

  // A person did something (unlocked, ticked the task): nothing is held back any more.
  void retry_now();

  // What waits for a person, oldest first; empty again once `op` answers.
  std::vector<WaitingSecret> waiting() const;
  // When the next of these may be tried; nothing where nobody waits. Nobody tries unasked: call
  // retry_due() then.
  std::optional<Timestamp> next_retry() const;
  // Reads those that wait and may be tried now; true where none is left.
  boost::asio::awaitable<bool> retry_due();

 private:
  struct State;
  // Shared with the readings under way, which a destroyed Secrets leaves to end by themselves.
  std::shared_ptr<State> state_;
};

// get() for who wants a value or a house error that says what to do about it.
boost::asio::awaitable<Result<std::shared_ptr<const SecretString>>> value_of(Secrets& secrets,
                                                                             SecretRef ref);

}  // namespace chela::services
