// What the replies of all model services have in common: waits, statuses, bodies that are no JSON.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chela/provider.h"

namespace chela::wire {

// `retry-after-ms`, else `retry-after` in seconds (a fraction is allowed) or as an HTTP date, which
// counts from the reply's own `date` header, so that a wrong clock here does not matter.
std::optional<Duration> retry_after(const WireReply& reply);

// Durations as Go writes them: "8.64s", "120ms", "6m0s", "1h2m3.5s", "0s". nullopt for others.
std::optional<Duration> parse_go_duration(std::string_view text);

// From RFC 3339 ("2026-11-27T10:00:05Z", fractions and offsets allowed) to milliseconds since 1970.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

// The time of the reply by its own `date` header; nullopt where it has none.
std::optional<Timestamp> reply_time(const WireReply& reply);

// The body as a JSON object; nullopt where it is none.
std::optional<json::value> object_of(std::string_view body);

// What an error page says, for people: at most 300 bytes, one line, tags of HTML taken out,
// "no text" where nothing is left.
std::string words_of(std::string_view body);

// What a status means where the body says nothing more exact, with the wait of retry_after():
//   400 422 bad_request · 401 unauthenticated · 402 billing · 403 permission_denied · 404
//   model_not_found 408 499 504 522 524 timeout · 413 too_large · 429 rate_limited · 503 529
//   overloaded other 5xx server_error · 2xx and 3xx garbage · other 4xx bad_request
ProviderError explain_status(const WireReply& reply);

// A vector out of base64 of float32, little-endian; nullopt where it is not that.
std::optional<std::vector<float>> floats_of_base64(std::string_view text);

// Joins a configured base URL and a path with exactly one slash between them.
std::string join_url(std::string_view base, std::string_view path);

}  // namespace chela::wire
