// Embeddings: texts to POST <base_url>/embeddings, vectors out of the answer.
#pragma once

#include "openai_service.h"

namespace chela::openai {

// invalid_argument for no texts, too many, an empty one (the service refuses all for it), or a
// length of the vectors below 1.
Result<WireRequest> encode_embeddings(const Service& service, const EmbedRequest& request);

// `reply` has a status of 2xx. Vectors come in the order of the texts whatever the order in the
// answer, as base64 or as numbers, whichever the service chose. data_loss where one is missing,
// double or no vector; unavailable where the answer is an error after all.
Result<EmbedReply> decode_embeddings(const Service& service, const WireReply& reply);

}  // namespace chela::openai
