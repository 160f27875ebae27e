#include "openai_embed.h"

#include <cmath>

#include "openai_errors.h"
#include "openai_usage.h"
#include "wire.h"

namespace chela::openai {
namespace {

tl::unexpected<Error> refuse(std::string what) {
  return fail(ErrorCode::invalid_argument, "embeddings: " + std::move(what));
}
tl::unexpected<Error> broken(std::string what) {
  return fail(ErrorCode::data_loss, "embeddings: " + std::move(what));
}

Result<std::vector<float>> vector_of(const json::value& entry) {
  const auto* value = find(entry, "embedding");
  std::vector<float> floats;
  if (value != nullptr && value->is_string()) {
    auto read = wire::floats_of_base64(value->get_string());
    if (!read) return broken("a vector is no base64 of numbers");
    floats = std::move(*read);
  } else if (value != nullptr && value->is_array()) {
    floats.reserve(value->get_array().size());
    for (const auto& one : value->get_array()) {
      json::error_code error;
      const double number = one.is_number() ? one.to_number<double>(error) : std::nan("");
      floats.push_back(static_cast<float>(number));
    }
  }
  if (floats.empty()) return broken("an entry without a vector");
  for (const float number : floats) {
    if (!std::isfinite(number)) return broken("a vector holds what is no number");
  }
  return floats;
}

}  // namespace

Result<WireRequest> encode_embeddings(const Service& service, const EmbedRequest& request) {
  if (request.model.empty()) return refuse("model is missing");
  if (request.texts.empty()) return refuse("wanted at least one text");
  if (static_cast<std::int64_t>(request.texts.size()) > service.embed_max_inputs)
    return refuse("the service takes at most " + std::to_string(service.embed_max_inputs) +
                  " texts at once, found " + std::to_string(request.texts.size()));
  for (std::size_t i = 0; i < request.texts.size(); ++i) {
    if (request.texts[i].empty()) return refuse("texts[" + std::to_string(i) + "] is empty");
  }
  if (request.dimensions < 0)
    return refuse("dimensions: wanted 1 or more, found " + std::to_string(request.dimensions));
  json::object body{{"model", request.model},
                    {"input", json::array(request.texts.begin(), request.texts.end())},
                    {"encoding_format", service.embedding_format}};
  if (request.dimensions > 0) body["dimensions"] = request.dimensions;
  for (const auto& [name, value] : service.embed_body) body[name] = value;
  WireRequest wire{"POST", wire::join_url(service.base_url, "embeddings"), service.headers,
                   json::serialize(body)};
  wire.headers.emplace_back("accept", "application/json");
  return wire;
}

Result<EmbedReply> decode_embeddings(const Service& service, const WireReply& reply) {
  const auto document = wire::object_of(reply.body);
  if (!document) return broken("the reply is no JSON object: " + wire::words_of(reply.body));
  const auto* data = find(*document, "data");
  if (data == nullptr || !data->is_array()) {
    if (is_fault(*document))
      return fail(ErrorCode::unavailable, "embeddings: " + explain_document(*document).message);
    return broken("the reply holds no data");
  }
  EmbedReply out;
  const std::size_t count = data->get_array().size();
  out.vectors.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    const json::value& entry = data->get_array()[i];
    const std::int64_t index = get_int(entry, "index", static_cast<std::int64_t>(i));
    if (index < 0 || static_cast<std::size_t>(index) >= count)
      return broken("index " + std::to_string(index) + " of " + std::to_string(count));
    auto& place = out.vectors[static_cast<std::size_t>(index)];
    if (!place.empty()) return broken("two vectors have the index " + std::to_string(index));
    CHELA_TRY(place, vector_of(entry));
  }
  if (const auto* usage = find(*document, "usage")) {
    out.usage = usage_of(*usage);
    if (service.host == Host::openrouter)
      out.usage.cost_usd = decimal_at(reply.body, {"usage", "cost"});
  }
  return out;
}

}  // namespace chela::openai
