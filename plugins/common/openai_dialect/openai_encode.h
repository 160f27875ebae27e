// Writes a chat request as the service wants it: POST <base_url>/chat/completions.
#pragma once

#include "openai_service.h"

namespace chela::openai {

// `request` has been checked (check_chat_request). invalid_argument where the service cannot
// express it: stop sequences where the model takes none or too many, an image that is neither data
// nor an address of the web.
Result<WireRequest> encode_chat(const Service& service, const ChatRequest& request);

// The id of a tool call as the service takes it: as it is where that is allowed, else one made from
// it, always the same.
std::string wire_call_id(const Service& service, const std::string& model, const std::string& id);

}  // namespace chela::openai
