// Why a model service did not answer, in codes that tell a router what to do next.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chela/duration.h"
#include "chela/json.h"

namespace chela {

enum class ProviderCode {
  unauthenticated,    // the key is missing, wrong or revoked
  permission_denied,  // the key is good, but not for this
  client_refused,     // the service serves named client programs only
  billing,            // no credit left; waiting does not help
  quota_exhausted,    // a plan's window (5 hours, a day, a week) is used up
  rate_limited,       // too fast
  overloaded,         // the service has no capacity now
  server_error,       // it failed inside
  timeout,            // it gave up, or a proxy in front of it did
  model_not_found,    // no such model, or not for this key
  context_overflow,   // the request is longer than the model's window
  too_large,          // the request is longer than the service takes at all
  bad_request,        // the service does not understand or accept the request
  refusal,            // the model or a filter declines the content
  cut,                // the reply stopped before its end
  garbage,            // the reply is not what the API describes
};

// What a failure says something about: where to stay away for a while.
enum class ProviderScope { request, model, key, provider };

struct ProviderError {
  ProviderCode code = ProviderCode::garbage;
  ProviderScope scope = ProviderScope::request;
  std::optional<Duration> retry_after{};  // as the service asks
  std::string message{};                  // the service's own words, shortened; untrusted text
  bool operator==(const ProviderError&) const = default;
};

// One limit as a reply's headers tell it.
struct RateLimit {
  std::string name{};  // "requests", "tokens", "input_tokens", "output_tokens"
  std::int64_t limit = 0;
  std::int64_t remaining = 0;
  std::optional<Duration> resets_in{};  // until `remaining` is `limit` again
  bool operator==(const RateLimit&) const = default;
};

namespace internal {

inline constexpr std::array<std::pair<ProviderCode, std::string_view>, 16> kProviderCodes{{
    {ProviderCode::unauthenticated, "unauthenticated"},
    {ProviderCode::permission_denied, "permission_denied"},
    {ProviderCode::client_refused, "client_refused"},
    {ProviderCode::billing, "billing"},
    {ProviderCode::quota_exhausted, "quota_exhausted"},
    {ProviderCode::rate_limited, "rate_limited"},
    {ProviderCode::overloaded, "overloaded"},
    {ProviderCode::server_error, "server_error"},
    {ProviderCode::timeout, "timeout"},
    {ProviderCode::model_not_found, "model_not_found"},
    {ProviderCode::context_overflow, "context_overflow"},
    {ProviderCode::too_large, "too_large"},
    {ProviderCode::bad_request, "bad_request"},
    {ProviderCode::refusal, "refusal"},
    {ProviderCode::cut, "cut"},
    {ProviderCode::garbage, "garbage"},
}};

inline constexpr std::array<std::pair<ProviderScope, std::string_view>, 4> kProviderScopes{{
    {ProviderScope::request, "request"},
    {ProviderScope::model, "model"},
    {ProviderScope::key, "key"},
    {ProviderScope::provider, "provider"},
}};

}  // namespace internal

constexpr std::string_view to_string(ProviderCode code) {
  for (const auto& [value, name] : internal::kProviderCodes) {
    if (value == code) return name;
  }
  return "garbage";
}

constexpr std::string_view to_string(ProviderScope scope) {
  for (const auto& [value, name] : internal::kProviderScopes) {
    if (value == scope) return name;
  }
  return "request";
}

// {"code":"rate_limited","scope":"model","retry_after_ms":20000,"message":".."}
inline json::object to_json(const ProviderError& error) {
  json::object out{{"code", to_string(error.code)}, {"scope", to_string(error.scope)}};
  if (error.retry_after) out["retry_after_ms"] = error.retry_after->count();
  if (!error.message.empty()) out["message"] = error.message;
  return out;
}

// Comes from a plugin: an unknown code is `garbage`, a negative wait none, an endless one a day.
inline ProviderError provider_error(const json::value& value) {
  ProviderError error;
  const std::string code = get_string(value, "code");
  const std::string scope = get_string(value, "scope");
  for (const auto& [known, name] : internal::kProviderCodes) {
    if (name == code) error.code = known;
  }
  for (const auto& [known, name] : internal::kProviderScopes) {
    if (name == scope) error.scope = known;
  }
  constexpr std::int64_t kDay = 24 * 3600 * 1000;
  if (const auto wait = get_int(value, "retry_after_ms", -1); wait >= 0)
    error.retry_after = Duration(std::min(wait, 31 * kDay));
  error.message = get_string(value, "message");
  return error;
}

// {"name":"tokens","limit":40000,"remaining":39000,"resets_in_ms":1500}
inline json::object to_json(const RateLimit& limit) {
  json::object out{{"name", limit.name}, {"limit", limit.limit}, {"remaining", limit.remaining}};
  if (limit.resets_in) out["resets_in_ms"] = limit.resets_in->count();
  return out;
}

inline std::vector<RateLimit> rate_limits(const json::value& reply) {
  std::vector<RateLimit> limits;
  const auto* list = find(reply, "limits");
  if (list == nullptr || !list->is_array()) return limits;
  for (const auto& one : list->get_array()) {
    RateLimit limit{get_string(one, "name"), get_int(one, "limit"), get_int(one, "remaining"), {}};
    if (const auto wait = get_int(one, "resets_in_ms", -1); wait >= 0)
      limit.resets_in = Duration(wait);
    limits.push_back(std::move(limit));
  }
  return limits;
}

}  // namespace chela
