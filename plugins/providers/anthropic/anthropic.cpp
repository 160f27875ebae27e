// provider.anthropic: Anthropic's Messages API, version 2023-06-01, at api.anthropic.com.
#include "provider.h"
#include "wire.h"

namespace {

using namespace chela;

class Anthropic : public anthropic::MessagesProvider {
 public:
  static Result<std::unique_ptr<Anthropic>> create(const Config& config) {
    CHELA_TRY(anthropic::Settings settings, anthropic::read_settings(config));
    return std::make_unique<Anthropic>(std::move(settings));
  }
  explicit Anthropic(anthropic::Settings settings)
      : MessagesProvider({"anthropic", anthropic::claude_models(), {}}, std::move(settings)) {}

  ProviderTraits traits() const override {
    ProviderTraits traits;
    traits.has_models = true;
    return traits;
  }

  Result<WireRequest> models_encode() override {
    WireRequest wire =
        get(wire::join_url(settings().base_url, "v1/models?limit=1000"), anthropic::api_key());
    Headers headers{{"anthropic-version", "2023-06-01"}};
    anthropic::set_headers(headers, wire.headers);
    wire.headers = std::move(headers);
    return wire;
  }
  Result<std::vector<std::string>> models_decode(const WireReply& reply) override {
    return read_models(reply);
  }
};

}  // namespace

CHELA_PROVIDER(Anthropic)
