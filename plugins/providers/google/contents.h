// The conversation as Gemini's `contents`: roles user and model in turn, parts in their order.
#pragma once

#include <string_view>
#include <vector>

#include "chela/chat.h"
#include "model_family.h"

namespace provider_google {

// Under which signatures of this API are kept.
inline constexpr std::string_view kOrigin = "google";

// Ids that start so were made by the decoder, because the service gave none; it is not sent any.
inline constexpr std::string_view kMadeId = "chela-";

// What the service documents as the signature of a call that another model made: base64 of
// "skip_thought_signature_validator".
inline constexpr std::string_view kForeignCall = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I=";

// `messages` are those of a checked request. Thoughts without a signature of this API are left out:
// nobody but their own model can use them. Fails with invalid_argument, naming the place, for an
// image by address where the model fetches none.
chela::Result<chela::json::array> contents_of(const std::vector<chela::ChatMessage>& messages,
                                              const ModelFamily& family);

}  // namespace provider_google
