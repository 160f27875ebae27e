#include "openai_provider.h"

#include "openai_decode.h"
#include "openai_embed.h"
#include "openai_encode.h"
#include "openai_errors.h"
#include "wire.h"

namespace chela::openai {

ProviderTraits ChatCompletions::traits() const {
  return {.has_chat = true,
          .has_embeddings = true,
          .embed_max_inputs = service_.embed_max_inputs,
          .embed_max_tokens = service_.embed_max_tokens,
          .has_quota = false,
          .has_models = true};
}

Result<WireRequest> ChatCompletions::encode(const ChatRequest& request) {
  return encode_chat(service_, request);
}

Result<std::unique_ptr<ChatDecoder>> ChatCompletions::open(const WireReply&) {
  return std::unique_ptr<ChatDecoder>(std::make_unique<ReplyDecoder>(service_));
}

ProviderError ChatCompletions::explain(const WireReply& reply) {
  return openai::explain(reply);
}

std::vector<RateLimit> ChatCompletions::limits(const WireReply& reply) {
  return limits_of(reply);
}

Result<WireRequest> ChatCompletions::embed_encode(const EmbedRequest& request) {
  return encode_embeddings(service_, request);
}

Result<EmbedReply> ChatCompletions::embed_decode(const WireReply& reply) {
  return decode_embeddings(service_, reply);
}

Result<WireRequest> ChatCompletions::models_encode() {
  return get("models");
}

Result<std::vector<std::string>> ChatCompletions::models_decode(const WireReply& reply) {
  const auto document = parse_json(reply.body);
  const json::value* list = !document              ? nullptr
                            : document->is_array() ? &*document
                                                   : find(*document, "data");
  if (list == nullptr || !list->is_array())
    return fail(ErrorCode::data_loss, "the list of models is none: " + wire::words_of(reply.body));
  std::vector<std::string> ids;
  for (const auto& model : list->get_array()) {
    if (std::string id = get_string(model, "id"); !id.empty()) ids.push_back(std::move(id));
  }
  return ids;
}

WireRequest ChatCompletions::get(std::string_view path) const {
  WireRequest wire{"GET", wire::join_url(service_.base_url, path), {}, ""};
  for (const auto& header : service_.headers) {
    if (header.first != "content-type") wire.headers.push_back(header);
  }
  wire.headers.emplace_back("accept", "application/json");
  return wire;
}

}  // namespace chela::openai
