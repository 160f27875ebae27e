#include "provider.h"

#include "encode.h"
#include "explain.h"
#include "wire.h"

namespace chela::anthropic {

Result<WireRequest> MessagesProvider::encode(const ChatRequest& request) {
  const Model& model = model_of(service_.models, request.model);
  CHELA_TRY(const json::object body, encode_body(request, model, service_.origin));
  WireRequest wire;
  wire.url = wire::join_url(settings_.base_url, "v1/messages");
  wire.headers = {{"content-type", "application/json"}, {"anthropic-version", "2023-06-01"}};
  set_headers(wire.headers, settings_.headers);
  set_headers(wire.headers, {api_key()});
  wire.body = json::serialize(body);
  return wire;
}

Result<std::unique_ptr<ChatDecoder>> MessagesProvider::open(const WireReply&) {
  return make_decoder(service_.decoding);
}

ProviderError MessagesProvider::explain(const WireReply& reply) {
  return explain_reply(reply);
}

std::vector<RateLimit> MessagesProvider::limits(const WireReply& reply) {
  return read_limits(reply);
}

WireRequest MessagesProvider::get(std::string url, const Headers::value_type& auth) const {
  WireRequest wire;
  wire.method = "GET";
  wire.url = std::move(url);
  wire.headers = settings_.headers;
  set_headers(wire.headers, {auth});
  return wire;
}

Result<json::value> MessagesProvider::object_of(const WireReply& reply, std::string_view what) {
  auto body = wire::object_of(reply.body);
  if (reply.status < 200 || reply.status > 299) {
    return fail(ErrorCode::unavailable, std::string(what) + ": HTTP " +
                                            std::to_string(reply.status) + ": " +
                                            explain_reply(reply).message);
  }
  if (!body) {
    return fail(ErrorCode::data_loss,
                std::string(what) + ": wanted a JSON object, found: " + wire::words_of(reply.body));
  }
  return std::move(*body);
}

Result<std::vector<std::string>> MessagesProvider::read_models(const WireReply& reply) {
  CHELA_TRY(const json::value body, object_of(reply, "list of models"));
  const auto* data = find(body, "data");
  if (data == nullptr || !data->is_array())
    return fail(ErrorCode::data_loss, "list of models: wanted a list 'data', found none");
  std::vector<std::string> ids;
  for (const auto& model : data->get_array()) {
    if (auto id = find_string(model, "id"); id && !id->empty()) ids.push_back(std::move(*id));
  }
  return ids;
}

}  // namespace chela::anthropic
