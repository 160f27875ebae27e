// provider.synthetic: the Messages API of Synthetic at api.synthetic.new/anthropic, and beside it
// the list of models of its OpenAI-style API and its quota.
#include "provider.h"
#include "quota.h"
#include "wire.h"

namespace {

using namespace chela;

// Open models of many makers: none is known to refuse anything, and how long their replies may be
// is in the list of models only.
constexpr anthropic::Model kModels[] = {
    {"", 32'768, 0, anthropic::Thinking::budget},
};

class Synthetic : public anthropic::MessagesProvider {
 public:
  static Result<std::unique_ptr<Synthetic>> create(const Config& config) {
    CHELA_TRY(anthropic::Settings settings, anthropic::read_settings(config));
    return std::make_unique<Synthetic>(std::move(settings));
  }
  explicit Synthetic(anthropic::Settings settings)
      : MessagesProvider({"synthetic", kModels, {}}, std::move(settings)) {}

  ProviderTraits traits() const override {
    ProviderTraits traits;
    traits.has_quota = true;
    traits.has_models = true;
    return traits;
  }

  Result<WireRequest> quota_encode() override {
    return get(on_host("v2/quotas"), anthropic::bearer());
  }
  Result<std::vector<QuotaWindow>> quota_decode(const WireReply& reply) override {
    CHELA_TRY(const json::value document, object_of(reply, "quota"));
    return synthetic::read_quota(document);
  }

  Result<WireRequest> models_encode() override {
    return get(on_host("openai/v1/models"), anthropic::bearer());
  }
  Result<std::vector<std::string>> models_decode(const WireReply& reply) override {
    return read_models(reply);
  }

 private:
  std::string on_host(std::string_view path) const {
    return wire::join_url(anthropic::origin_of_url(settings().base_url), path);
  }
};

}  // namespace

CHELA_PROVIDER(Synthetic)
