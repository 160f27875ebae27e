// OpenRouter: many services behind one API of OpenAI's kind, with prices in its replies.
//
// Source: OpenRouter's API reference as of 2026-11, and recorded replies.
#include "openai_provider.h"
#include "quota.h"

namespace {

using chela::Config;
using chela::Result;

struct OpenRouter : chela::openai::ChatCompletions {
  OpenRouter(chela::openai::Service service, std::string quota_path)
      : ChatCompletions(std::move(service)), quota_path_(std::move(quota_path)) {}

  static Result<std::unique_ptr<OpenRouter>> create(const Config& config) {
    CHELA_TRY(auto service, chela::openai::read_service(config, chela::openai::Host::openrouter));
    const auto* routing = chela::find(config.value(), "provider");
    if (routing != nullptr && routing->is_object() && !routing->get_object().empty())
      service.body["provider"] = *routing;
    // What a call cost is told by itself nowadays, and on demand by older deployments.
    if (!service.body.contains("usage"))
      service.body["usage"] = chela::json::object{{"include", true}};
    for (const auto& [setting, header] :
         {std::pair<const char*, const char*>{"referer", "http-referer"}, {"title", "x-title"}}) {
      const std::string text = config.get(setting);
      if (text.find_first_of("\r\n") != std::string::npos)
        return chela::fail(chela::ErrorCode::invalid_argument,
                           std::string("config.") + setting + ": a header holds no line breaks");
      if (!text.empty()) service.headers.emplace_back(header, text);
    }
    return std::make_unique<OpenRouter>(std::move(service), config.get("quota", "key"));
  }

  chela::ProviderTraits traits() const override {
    chela::ProviderTraits traits = ChatCompletions::traits();
    traits.has_quota = true;
    return traits;
  }
  Result<chela::WireRequest> quota_encode() override { return get(quota_path_); }
  Result<std::vector<chela::QuotaWindow>> quota_decode(const chela::WireReply& reply) override {
    return chela::openrouter::read_quota(reply);
  }

 private:
  std::string quota_path_;
};

}  // namespace

CHELA_PROVIDER(OpenRouter)
