// What Google's errors mean, in house codes.
#pragma once

#include <string_view>

#include "chela/provider.h"

namespace provider_google {

// A reply that is no success: {"error":{..}}, a list with that, or a page of some proxy.
chela::ProviderError failure_of(const chela::WireReply& reply);

// The `error` object of a stream that began well; its own code stands for the status.
//   {"code":429,"message":"..","status":"RESOURCE_EXHAUSTED","details":[{"@type":"..","..":..}]}
chela::ProviderError failure_in_stream(const chela::json::value& error);

// Of the finish reasons: nullopt for those that end a reply well. `words`: finishMessage, may be
// empty.
std::optional<chela::ProviderError> failure_of_finish(std::string_view reason,
                                                      std::string_view words);

// A prompt that was not let through: promptFeedback.blockReason.
chela::ProviderError blocked_prompt(std::string_view reason);

}  // namespace provider_google
