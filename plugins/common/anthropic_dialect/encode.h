// Writes a chat request as the body of a Messages API.
#pragma once

#include <string_view>

#include "chela/chat.h"
#include "models.h"

namespace chela::anthropic {

// `origin`: whose signatures go out again. invalid_argument says what this service or this model
// does not take. Source: Anthropic's Messages API, version 2023-06-01.
Result<json::object> encode_body(const ChatRequest& request, const Model& model,
                                 std::string_view origin);

}  // namespace chela::anthropic
