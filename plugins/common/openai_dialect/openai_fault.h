// What the body of an error says, whatever shape it has.
#pragma once

#include <optional>
#include <string>

#include "chela/json.h"
#include "chela/provider_error.h"

namespace chela::openai {

struct Fault {
  std::string code{};     // "insufficient_quota"
  std::string type{};     // "invalid_request_error"
  std::string message{};  // with the words of the service behind, where there is one
  int status = 0;         // where the body names one: 429
  std::optional<std::int64_t> resets_at_ms{};  // since 1970, where the body tells it
  bool is_moderation = false;                  // OpenRouter lists reasons then
};

Fault read_fault(const json::value& document);

// "Please try again in 20s", "in 6m0s", "retry after 20 seconds"; nullopt where nothing is said.
std::optional<Duration> wait_in_words(std::string_view message);

// Whether the words tell of a request that is larger than its limit could ever let through:
// "Limit 8000, Requested 8098".
bool is_beyond_limit(std::string_view message);

}  // namespace chela::openai
