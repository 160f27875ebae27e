// The provider of Chat Completions: the class behind each plugin that speaks this API.
#pragma once

#include "openai_service.h"

namespace chela::openai {

class ChatCompletions : public Provider {
 public:
  explicit ChatCompletions(Service service) : service_(std::move(service)) {}

  ProviderTraits traits() const override;
  std::string origin() const override { return service_.origin; }

  Result<WireRequest> encode(const ChatRequest& request) override;
  Result<std::unique_ptr<ChatDecoder>> open(const WireReply& head) override;
  ProviderError explain(const WireReply& reply) override;
  std::vector<RateLimit> limits(const WireReply& reply) override;
  Result<WireRequest> embed_encode(const EmbedRequest& request) override;
  Result<EmbedReply> embed_decode(const WireReply& reply) override;
  // GET <base_url>/models; {"data":[{"id":".."},..]}, or the bare list.
  Result<WireRequest> models_encode() override;
  Result<std::vector<std::string>> models_decode(const WireReply& reply) override;

 protected:
  // A GET with the key.
  WireRequest get(std::string_view path) const;

 private:
  Service service_;
};

}  // namespace chela::openai
