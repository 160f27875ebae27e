// A provider whose service has a Messages API: what such services share; each adds its own rest.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <utility>

#include "chela/provider.h"
#include "decode.h"
#include "models.h"
#include "settings.h"

namespace chela::anthropic {

// What a service is like.
struct Service {
  std::string origin{};  // whose signatures are its own
  std::span<const Model> models{};
  DecodeOptions decoding{};
};

// POST <base_url>/v1/messages with the key in x-api-key. [instance-serial]
class MessagesProvider : public Provider {
 public:
  MessagesProvider(Service service, Settings settings)
      : service_(std::move(service)), settings_(std::move(settings)) {}

  std::string origin() const override { return service_.origin; }
  Result<WireRequest> encode(const ChatRequest& request) override;
  Result<std::unique_ptr<ChatDecoder>> open(const WireReply& head) override;
  ProviderError explain(const WireReply& reply) override;
  std::vector<RateLimit> limits(const WireReply& reply) override;

 protected:
  const Settings& settings() const { return settings_; }
  // A GET request with the user's own headers; `auth` carries the key.
  WireRequest get(std::string url, const Headers::value_type& auth) const;
  // The body of a good reply as an object; data_loss where it is none.
  Result<json::value> object_of(const WireReply& reply, std::string_view what);
  // {"data":[{"id":".."},..]}
  Result<std::vector<std::string>> read_models(const WireReply& reply);

 private:
  Service service_;
  Settings settings_;
};

// How the key travels.
inline Headers::value_type api_key() {
  return {"x-api-key", "{{secret:api_key}}"};
}
inline Headers::value_type bearer() {
  return {"authorization", "Bearer {{secret:api_key}}"};
}

}  // namespace chela::anthropic
