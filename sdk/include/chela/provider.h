// Base class of providers: translate between chela's chat and the API of one model service.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "chela/chat_events.h"
#include "chela/plugin.h"

namespace chela {

using Headers = std::vector<std::pair<std::string, std::string>>;  // names in lower case

// What the host shall send. `{{secret:NAME}}` in a header's value stands for a key.
struct WireRequest {
  std::string method = "POST";
  std::string url{};
  Headers headers{};
  std::string body{};
};

// What came back; `body` is empty where it is read piece by piece.
struct WireReply {
  int status = 0;
  Headers headers{};
  std::string body{};

  // The first header of that name (in lower case), "" where there is none.
  std::string_view header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return {};
  }
};

// What a provider can do beside chat.
struct ProviderTraits {
  bool has_chat = true;
  bool has_embeddings = false;
  std::int64_t embed_max_inputs = 1;  // texts in one request
  std::int64_t embed_max_tokens = 0;  // of all texts in one request; 0: no such limit
  bool has_quota = false;
  bool has_models = false;
};

struct EmbedRequest {
  std::string model{};
  std::vector<std::string> texts{};  // none is empty
  std::int64_t dimensions = 0;       // 0: the model's own
};

struct EmbedReply {
  std::vector<std::vector<float>> vectors{};  // one per text, in their order, all of one length
  Usage usage{};
};

// One window of a plan: 7 days, 5 hours, the credit of a key.
struct QuotaWindow {
  std::string name{};  // "week", "5h", "credit"
  std::optional<double> used_percent{};
  std::optional<double> used{};
  std::optional<double> limit{};
  std::string unit{};       // "requests", "tokens", "USD"
  std::string resets_at{};  // RFC 3339, "" where unknown
};

// Reads the reply to one chat request, whole or streaming.
class ChatDecoder {
 public:
  ChatDecoder() = default;
  virtual ~ChatDecoder() = default;
  ChatDecoder(const ChatDecoder&) = delete;
  ChatDecoder& operator=(const ChatDecoder&) = delete;

  // Some bytes of the body, cut anywhere. The same events must come however they are cut.
  virtual void feed(std::string_view bytes, ChatEvents& events) = 0;
  // The body is over. What has not reached its own end by then becomes an error by itself.
  virtual void close(ChatEvents& events) = 0;
};

class Provider {
 public:
  Provider() = default;
  virtual ~Provider() = default;
  Provider(const Provider&) = delete;
  Provider& operator=(const Provider&) = delete;

  virtual ProviderTraits traits() const = 0;
  // The name under which signatures of this API are kept: those of others are not sent to it.
  virtual std::string origin() const = 0;

  // `request` has been checked (check_chat_request). Fails with invalid_argument when the service
  // cannot express it.
  virtual Result<WireRequest> encode(const ChatRequest& request) = 0;
  // `head` has a status of 2xx and no body.
  virtual Result<std::unique_ptr<ChatDecoder>> open(const WireReply& head) = 0;
  // A reply that is no success.
  virtual ProviderError explain(const WireReply& reply) = 0;
  virtual std::vector<RateLimit> limits(const WireReply&) { return {}; }

  virtual Result<WireRequest> embed_encode(const EmbedRequest&) {
    return not_offered("embeddings");
  }
  virtual Result<EmbedReply> embed_decode(const WireReply&) { return not_offered("embeddings"); }
  virtual Result<WireRequest> quota_encode() { return not_offered("a quota"); }
  virtual Result<std::vector<QuotaWindow>> quota_decode(const WireReply&) {
    return not_offered("a quota");
  }
  virtual Result<WireRequest> models_encode() { return not_offered("a list of models"); }
  // Ids as they stand in a chat request.
  virtual Result<std::vector<std::string>> models_decode(const WireReply&) {
    return not_offered("a list of models");
  }

  // Decoders that are open; the thunks keep them here.
  struct OpenReply {
    std::unique_ptr<ChatDecoder> decoder;
    ChatEvents events;
  };
  std::map<std::int64_t, OpenReply>& open_replies() { return open_replies_; }

 private:
  static tl::unexpected<Error> not_offered(const char* what) {
    return fail(ErrorCode::unimplemented, std::string("this service does not offer ") + what);
  }
  std::map<std::int64_t, OpenReply> open_replies_;
};

}  // namespace chela

#include "chela/internal/provider_thunks.h"

// CHELA_PROVIDER(Anthropic) at the end of the file makes the class the plugin's provider.
#define CHELA_PROVIDER(Type)                                                                     \
  namespace {                                                                                    \
  static_assert(std::derived_from<Type, ::chela::Provider>,                                      \
                "expected a class derived from chela::Provider");                                \
  constexpr chela_provider_ops chela_provider_ops_{                                              \
      {sizeof(chela_provider_ops), 0, &::chela::internal::Lifetime<Type>::create,                \
       &::chela::internal::Lifetime<Type>::destroy, nullptr},                                    \
      &::chela::internal::provider_operation<Type, &::chela::internal::provider_describe>,       \
      &::chela::internal::provider_operation<Type, &::chela::internal::provider_encode>,         \
      &::chela::internal::provider_operation<Type, &::chela::internal::provider_open>,           \
      &::chela::internal::provider_operation<Type, &::chela::internal::provider_feed>,           \
      &::chela::internal::provider_operation<Type, &::chela::internal::provider_close>,          \
      &::chela::internal::provider_operation<Type, &::chela::internal::provider_explain>,        \
      &::chela::internal::provider_operation<Type, &::chela::internal::provider_embed_encode>,   \
      &::chela::internal::provider_operation<Type, &::chela::internal::provider_embed_decode>,   \
      &::chela::internal::provider_operation<Type, &::chela::internal::provider_quota_encode>,   \
      &::chela::internal::provider_operation<Type, &::chela::internal::provider_quota_decode>,   \
      &::chela::internal::provider_operation<Type, &::chela::internal::provider_models_encode>,  \
      &::chela::internal::provider_operation<Type, &::chela::internal::provider_models_decode>}; \
  }                                                                                              \
  CHELA_PLUGIN_WITH_(CHELA_KIND_PROVIDER, chela_provider_ops_)
