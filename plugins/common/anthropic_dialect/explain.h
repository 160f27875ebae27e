// What an error of a Messages API means, and what its headers say of limits.
#pragma once

#include <string_view>
#include <vector>

#include "chela/provider.h"

namespace chela::anthropic {

// A reply that is no success: by its words, then by error.type, then by its status.
ProviderError explain_reply(const WireReply& reply);

// An error of that `type` and those words, as in a body or inside a stream; `status` is 0 there.
ProviderError explain_error(std::string_view type, std::string_view message, int status);

// anthropic-ratelimit-*; `resets_in` counts from the reply's own date.
std::vector<RateLimit> read_limits(const WireReply& reply);

}  // namespace chela::anthropic
