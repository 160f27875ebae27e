// The messages of a conversation in the words of Chat Completions.
#pragma once

#include "openai_models.h"
#include "openai_service.h"

namespace chela::openai {

// System first. Parts that this service cannot see again (thoughts of others, redacted ones) are
// left out, and with them messages of which nothing is left. Images in results of tools follow in a
// message of the user, since a tool's message holds text only.
Result<json::array> encode_messages(const Service& service, const ModelTraits& traits,
                                    const ChatRequest& request);

}  // namespace chela::openai
