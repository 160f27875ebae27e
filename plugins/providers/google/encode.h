// One chat request as the body of Gemini's generateContent.
#pragma once

#include "chela/chat.h"

namespace provider_google {

// "gemini-2.5-flash" out of that and of "models/gemini-2.5-flash".
std::string_view model_name(std::string_view model);

// A path segment: everything but letters, digits and -._~ is written %XX.
std::string url_escaped(std::string_view text);

// `request` is a checked one; `wants_thoughts`: summaries of what the model thinks are asked for
// where it thinks. Fails with invalid_argument for what Gemini has no words for: a tool's name that
// begins with a digit or '-', more than five stop sequences, a forced call without tools.
chela::Result<chela::json::object> chat_body(const chela::ChatRequest& request,
                                             bool wants_thoughts);

}  // namespace provider_google
