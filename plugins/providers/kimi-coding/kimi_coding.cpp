// provider.kimi-coding: the Messages API of Kimi For Coding at api.kimi.com/coding.
//
// The service looks at the User-Agent and turns away programs that it does not know. chela says who
// it is; a refusal comes back as client_refused, and the next model of the chain is asked.
#include "provider.h"
#include "quota.h"
#include "wire.h"

namespace {

using namespace chela;

// Output and thinking: the settings that other programs use for kimi-for-coding. The membership has
// few models, and what a new one can do is not told; the row is for all.
constexpr anthropic::Model kModels[] = {
    {"", 32'768, 0, anthropic::Thinking::budget, 16'000},
    {"kimi-for-coding", 32'768, 32'768, anthropic::Thinking::budget, 16'000},
};

class KimiCoding : public anthropic::MessagesProvider {
 public:
  static Result<std::unique_ptr<KimiCoding>> create(const Config& config) {
    CHELA_TRY(anthropic::Settings settings, anthropic::read_settings(config));
    return std::make_unique<KimiCoding>(std::move(settings));
  }
  explicit KimiCoding(anthropic::Settings settings)
      : MessagesProvider({"kimi-coding", kModels, {.has_calls_in_text = true}},
                         std::move(settings)) {}

  ProviderTraits traits() const override {
    ProviderTraits traits;
    traits.has_quota = true;
    return traits;
  }

  Result<WireRequest> quota_encode() override {
    return get(wire::join_url(settings().base_url, "v1/usages"), anthropic::bearer());
  }
  Result<std::vector<QuotaWindow>> quota_decode(const WireReply& reply) override {
    CHELA_TRY(const json::value document, object_of(reply, "quota"));
    return kimi_coding::read_quota(document);
  }
};

}  // namespace

CHELA_PROVIDER(KimiCoding)
