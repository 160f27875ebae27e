// Embeddings and the list of models: Gemini's batchEmbedContents and models.list.
#pragma once

#include "chela/provider.h"

namespace provider_google {

// Texts in one batch; the service refuses more ("at most 100 requests can be in one batch").
inline constexpr std::size_t kMostTexts = 100;

// Fails with invalid_argument for an empty list, more than kMostTexts, or an empty text.
chela::Result<chela::json::object> embed_body(const chela::EmbedRequest& request);

// data_loss where the reply is something else.
chela::Result<chela::EmbedReply> embeddings_of(std::string_view body);

// Names without "models/" of those that answer chats or make embeddings. data_loss as above.
chela::Result<std::vector<std::string>> models_of(std::string_view body);

}  // namespace provider_google
