// Why one try at one candidate came to nothing, and what that says about the next try. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "chela/provider_error.h"
#include "chela/result.h"

namespace chela::models {

// What a provider can say (ProviderCode), and what the host finds out itself.
enum class Reason {
  unauthenticated,
  permission_denied,
  client_refused,
  billing,
  quota_exhausted,
  rate_limited,
  overloaded,
  server_error,
  timeout,
  model_not_found,
  context_overflow,
  too_large,
  bad_request,
  refusal,
  cut,
  garbage,
  unreachable,          // no address, nobody listens, no way there
  tls,                  // no trusted certificate for that name
  first_token_timeout,  // nothing of the answer within the time for it
  stalled,              // it stopped in the middle
  too_long,             // the answer is beyond what the host takes
  no_secret,            // the key cannot be read
  plugin_fault,         // the provider's plugin crashed, hung or lied, or cannot be started
  over_limit,           // our own cap, or a limit that the service has announced
  cancelled,            // nobody waits any more
};

std::string_view to_string(Reason reason);
std::optional<Reason> parse_reason(std::string_view name);

struct Failure {
  Reason reason = Reason::garbage;
  ProviderScope scope = ProviderScope::request;
  std::optional<Duration> retry_after{};
  std::string message{};  // for people; may quote the service
  int http_status = 0;    // 0: it never answered
};

Failure failure_of(const ProviderError& error, int http_status);

// What the router may do about it.
struct Policy {
  bool advances = true;       // the next candidate may do better
  bool needs_larger = false;  // .. only one with a larger context window
  bool is_transient = false;  // the same candidate may do better after a while
  bool rotates_key = false;   // another key of the same provider may do better
  Duration cooldown{};        // how long to stay away after the first time; 0: not at all
  Duration longest{};         // .. and at most
};

Policy policy_of(const Failure& failure);

// The house code and the words of a chain that failed like that at its end.
ErrorCode code_of(Reason reason);

}  // namespace chela::models
