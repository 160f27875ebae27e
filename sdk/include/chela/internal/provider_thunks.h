// The glue under CHELA_PROVIDER: documents to values, the class behind, values to documents.
#pragma once

#include <cstring>

#include "chela/document.h"
#include "chela/provider.h"

namespace chela::internal {

inline json::array headers_json(const Headers& headers) {
  json::array out;
  for (const auto& [name, value] : headers) out.push_back(json::array{name, value});
  return out;
}

inline Headers parse_headers(const json::value& document) {
  Headers headers;
  const auto* list = find(document, "headers");
  if (list == nullptr || !list->is_array()) return headers;
  for (const auto& pair : list->get_array()) {
    const auto* both = pair.if_array();
    if (both == nullptr || both->size() != 2 || !(*both)[0].is_string() || !(*both)[1].is_string())
      continue;
    headers.emplace_back(std::string((*both)[0].get_string()),
                         std::string((*both)[1].get_string()));
  }
  return headers;
}

inline WireReply parse_wire_reply(const Document& document) {
  return {static_cast<int>(get_int(document.head, "status")), parse_headers(document.head),
          std::string(document.bytes)};
}

inline std::string wire_request_text(const WireRequest& request) {
  return write_document(json::object{{"method", request.method},
                                     {"url", request.url},
                                     {"headers", headers_json(request.headers)}},
                        request.body);
}

inline json::array limits_json(const std::vector<RateLimit>& limits) {
  json::array out;
  for (const auto& limit : limits) out.push_back(to_json(limit));
  return out;
}

inline Result<std::string> provider_describe(Provider& provider, const Document&) {
  const ProviderTraits traits = provider.traits();
  json::object out{{"chat", traits.has_chat},
                   {"origin", provider.origin()},
                   {"quota", traits.has_quota},
                   {"models", traits.has_models}};
  if (traits.has_embeddings) {
    out["embed"] = json::object{{"max_inputs", traits.embed_max_inputs},
                                {"max_tokens", traits.embed_max_tokens}};
  }
  return json::serialize(out);
}

inline Result<std::string> provider_encode(Provider& provider, const Document& document) {
  CHELA_TRY(const ChatRequest request, parse_chat_request(document.head));
  CHELA_TRY(const WireRequest wire, provider.encode(request));
  return wire_request_text(wire);
}

inline Result<std::string> provider_open(Provider& provider, const Document& document) {
  const WireReply head = parse_wire_reply(document);
  CHELA_TRY(auto decoder, provider.open(head));
  auto& replies = provider.open_replies();
  const std::int64_t id = replies.empty() ? 1 : replies.rbegin()->first + 1;
  replies.emplace(id, Provider::OpenReply{std::move(decoder), ChatEvents(provider.origin())});
  return json::serialize(
      json::object{{"decoder", id}, {"limits", limits_json(provider.limits(head))}});
}

inline Result<std::string> provider_feed(Provider& provider, const Document& document) {
  const auto found = provider.open_replies().find(get_int(document.head, "decoder"));
  if (found == provider.open_replies().end())
    return fail(ErrorCode::not_found, "no such decoder is open");
  auto& [decoder, events] = found->second;
  if (!events.is_over()) decoder->feed(document.bytes, events);
  return json::serialize(json::object{{"events", events.take()}});
}

inline Result<std::string> provider_close(Provider& provider, const Document& document) {
  const auto found = provider.open_replies().find(get_int(document.head, "decoder"));
  if (found == provider.open_replies().end())
    return fail(ErrorCode::not_found, "no such decoder is open");
  auto& [decoder, events] = found->second;
  if (!events.is_over() && get_bool(document.head, "complete")) decoder->close(events);
  if (!events.is_over())
    events.error({ProviderCode::cut, ProviderScope::model, {}, "the reply stopped before its end"});
  std::string text = json::serialize(json::object{{"events", events.take()}});
  provider.open_replies().erase(found);
  return text;
}

inline Result<std::string> provider_explain(Provider& provider, const Document& document) {
  const WireReply reply = parse_wire_reply(document);
  return json::serialize(json::object{{"error", to_json(provider.explain(reply))},
                                      {"limits", limits_json(provider.limits(reply))}});
}

inline Result<std::string> provider_embed_encode(Provider& provider, const Document& document) {
  EmbedRequest request{get_string(document.head, "model"), get_strings(document.head, "texts"),
                       get_int(document.head, "dimensions")};
  CHELA_TRY(const WireRequest wire, provider.embed_encode(request));
  return wire_request_text(wire);
}

inline Result<std::string> provider_embed_decode(Provider& provider, const Document& document) {
  CHELA_TRY(const EmbedReply reply, provider.embed_decode(parse_wire_reply(document)));
  const auto wanted = static_cast<std::size_t>(get_int(document.head, "count"));
  if (reply.vectors.size() != wanted || wanted == 0) {
    return fail(ErrorCode::data_loss, "wanted " + std::to_string(wanted) + " vectors, found " +
                                          std::to_string(reply.vectors.size()));
  }
  const std::size_t dimensions = reply.vectors.front().size();
  std::string bytes;
  bytes.reserve(wanted * dimensions * sizeof(float));
  for (const auto& vector : reply.vectors) {
    if (vector.size() != dimensions || dimensions == 0)
      return fail(ErrorCode::data_loss, "vectors of different lengths, or empty ones");
    bytes.append(reinterpret_cast<const char*>(vector.data()), dimensions * sizeof(float));
  }
  return write_document(
      json::object{{"count", wanted}, {"dimensions", dimensions}, {"usage", to_json(reply.usage)}},
      bytes);
}

inline Result<std::string> provider_quota_encode(Provider& provider, const Document&) {
  CHELA_TRY(const WireRequest wire, provider.quota_encode());
  return wire_request_text(wire);
}

inline Result<std::string> provider_quota_decode(Provider& provider, const Document& document) {
  CHELA_TRY(const auto windows, provider.quota_decode(parse_wire_reply(document)));
  json::array list;
  for (const auto& window : windows) {
    json::object one{{"name", window.name}};
    if (window.used_percent) one["used_percent"] = *window.used_percent;
    if (window.used) one["used"] = *window.used;
    if (window.limit) one["limit"] = *window.limit;
    if (!window.unit.empty()) one["unit"] = window.unit;
    if (!window.resets_at.empty()) one["resets_at"] = window.resets_at;
    list.push_back(std::move(one));
  }
  return json::serialize(json::object{{"windows", std::move(list)}});
}

inline Result<std::string> provider_models_encode(Provider& provider, const Document&) {
  CHELA_TRY(const WireRequest wire, provider.models_encode());
  return wire_request_text(wire);
}

inline Result<std::string> provider_models_decode(Provider& provider, const Document& document) {
  CHELA_TRY(const auto ids, provider.models_decode(parse_wire_reply(document)));
  json::array list;
  for (const auto& id : ids) list.push_back(json::object{{"id", id}});
  return json::serialize(json::object{{"models", std::move(list)}});
}

template <class T, Result<std::string> (*kBody)(Provider&, const Document&)>
chela_status provider_operation(chela_instance* instance, const chela_call* call, chela_str request,
                                const chela_sink* reply) noexcept {
  return guard(call, [&]() -> Result<void> {
    CHELA_TRY(const Document document, parse_document(view(request)));
    CHELA_TRY(const std::string text, kBody(*reinterpret_cast<T*>(instance), document));
    reply->put(reply, str(text));
    return {};
  });
}

}  // namespace chela::internal
