// What came of reading a secret, as a value: the state, its cause, the steps on the way, and words
// for a person. Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "chela/duration.h"
#include "chela/json.h"
#include "chela/result.h"
#include "services/secret_string.h"

namespace chela::services {

enum class SecretState {
  ok,
  needs_human,   // somebody has to unlock, sign in or answer a prompt
  config,        // what a person wrote or set up is wrong
  rate_limited,  // 1Password wants to be left alone for a while
  unavailable,   // not installed, hangs, crashed, no network
  cancelled,     // whoever asked no longer wants it
};

enum class SecretCause {
  none,
  // needs_human
  not_signed_in,
  no_account,
  locked,
  dismissed,  // 1Password says the same where nobody answered the prompt for a minute or two
  prompt_timeout,
  app_unreachable,
  // config
  bad_reference,
  not_found,
  empty,
  unsafe_file,  // mode, owner, kind or folders
  unreadable,
  too_large,
  not_text,
  bad_json,
  bad_token,  // the service account's
  // rate_limited
  too_many_requests,
  // unavailable
  not_installed,
  hangs,
  crashed,
  failed,  // it ran, failed, and what it said is not known here
  no_network,
  no_resources,
  // cancelled
  cancelled,
};

SecretState state_of(SecretCause cause);
const char* name_of(SecretState state);  // "needs_human"
const char* name_of(SecretCause cause);  // "not_signed_in"

// not_found, permission_denied, invalid_argument, .. as the caller's next step is; needs_human is
// failed_precondition. `cause` is not none.
ErrorCode code_of(SecretCause cause);

// One thing that was tried: {"open the file", "mode 0644, wanted 0600", false}.
struct SecretStep {
  std::string what;
  std::string how;
  bool is_ok = true;
};

// Why there is no value.
struct SecretFailure {
  SecretCause cause = SecretCause::none;
  std::string step;                                    // the one that failed
  std::string message;                                 // what happened, one sentence, never a value
  std::string remedy;                                  // what to do about it
  std::optional<Duration> retry_after = std::nullopt;  // as the other side asked for
  bool may_have_prompted = false;  // a person may have been shown a prompt: not again soon
  bool is_of_all_op = false;       // of `op` or its token, not of the one reference
};

// Of a wait that was cancelled.
SecretFailure cancelled_read();

// One read, without cache.
struct SecretRead {
  SecretString value;  // empty where it failed
  std::optional<SecretFailure> failure;
  std::vector<SecretStep> steps;
};

// What a caller of the resolver gets.
struct SecretOutcome {
  // Shared, because the cache and requests under way hold it at the same time; wiped with the last
  // of them.
  std::shared_ptr<const SecretString> value;
  std::uint64_t generation = 0;  // another one = other bytes; 0 = no value
  bool is_stale = false;         // the last good value: `failure` says why there is no newer
  std::optional<SecretFailure> failure;
  std::vector<SecretStep> steps;  // of the read that this came from
  bool ok() const { return value != nullptr; }
  SecretState state() const;
};

// "cannot read op://V/I/f: 1Password is locked; unlock the app (op signin)".
Error to_error(const std::string& reference, const SecretFailure& failure);

// "a value of 51 bytes": all that is ever said of one.
std::string describe_value(std::size_t bytes);

// {"reference":"file:/k","state":"config","cause":"unsafe_file","step":"..","message":"..",
//  "remedy":"..","steps":[{"step":"..","ok":true,"text":".."}]}, or with "bytes":51 where it is ok.
json::object to_json(const std::string& reference, const SecretOutcome& outcome);

}  // namespace chela::services
