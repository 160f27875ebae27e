#include "services.h"

namespace chela::stand_in {
namespace {

std::unique_ptr<StandIn> open_anthropic(Manner manner) {
  return anthropic_stand_in(std::move(manner), true);
}
std::unique_ptr<StandIn> open_messages(Manner manner) {
  return anthropic_stand_in(std::move(manner), false);
}
template <OpenAiKind kKind>
std::unique_ptr<StandIn> open_openai(Manner manner) {
  return openai_stand_in(std::move(manner), kKind);
}

std::vector<Failing> both(std::vector<Failing> one, const std::vector<Failing>& more) {
  one.insert(one.end(), more.begin(), more.end());
  return one;
}

Service anthropic() {
  Service service{.name = "anthropic", .plugin = "provider.anthropic"};
  service.manner.model = "claude-sonnet-4-5";
  service.manner.returns = Returns::both;
  service.manner.models = {"claude-sonnet-4-5", "claude-haiku-4-5"};
  service.failing = failures_of_messages();
  service.open = open_anthropic;
  return service;
}

Service kimi() {
  Service service{.name = "kimi", .plugin = "provider.kimi-coding"};
  service.manner.path = "/coding";
  service.manner.model = "kimi-for-coding";
  service.manner.returns = Returns::both;
  service.manner.quota_path = "/coding/v1/usages";
  service.manner.quota =
      R"({"usage":{"limit":"2048","used":"512","resetTime":"2026-12-01T00:00:00Z"},)"
      R"("limits":[{"window":{"duration":300,"timeUnit":"MINUTE"},)"
      R"("detail":{"limit":200,"remaining":150}}]})";
  service.windows = R"([{"name":"week","used_percent":25,"used":512,"limit":2048,)"
                    R"("resets_at":"2026-12-01T00:00:00Z"},)"
                    R"({"name":"5h","used_percent":25,"used":50,"limit":200}])";
  service.tells_reasoning = false;
  service.failing = failures_of_messages();
  service.open = open_messages;
  return service;
}

Service synthetic() {
  Service service{.name = "synthetic", .plugin = "provider.synthetic"};
  service.manner.path = "/anthropic";
  service.manner.model = "hf:zai-org/GLM-4.7";
  service.manner.returns = Returns::both;
  service.manner.models = {"hf:zai-org/GLM-4.7", "hf:moonshotai/Kimi-K2.5"};
  service.manner.quota_path = "/v2/quotas";
  service.manner.quota =
      R"({"subscription":{"limit":100,"requests":40,"renewsAt":"2026-12-01T00:00:00Z"},)"
      R"("weeklyTokenLimit":{"percentRemaining":75,"maxCredits":"$24.00",)"
      R"("remainingCredits":"$18.00","nextRegenAt":"2026-11-27T12:00:00Z"},)"
      R"("rollingFiveHourLimit":{"max":200,"remaining":150,"limited":false}})";
  service.windows =
      R"([{"name":"subscription","used_percent":40,"used":40,"limit":100,"unit":"requests",)"
      R"("resets_at":"2026-12-01T00:00:00Z"},)"
      R"({"name":"week","used_percent":25,"used":6,"limit":24,"unit":"USD",)"
      R"("resets_at":"2026-11-27T12:00:00Z"},)"
      R"({"name":"5h","used_percent":25,"used":50,"limit":200,"unit":"requests"}])";
  service.tells_reasoning = false;
  service.failing = failures_of_messages();
  service.open = open_messages;
  return service;
}

Service openai() {
  Service service{.name = "openai", .plugin = "provider.openai"};
  service.manner.path = "/v1";
  service.manner.model = "gpt-5-mini";
  service.manner.models = {"gpt-5-mini", "text-embedding-3-small"};
  service.manner.embed_model = "text-embedding-3-small";
  service.manner.dimensions = 1536;
  service.shows_thoughts = false;
  service.embed_inputs = 2048;
  service.failing = failures_of_openai();
  service.open = open_openai<OpenAiKind::official>;
  return service;
}

Service openrouter() {
  Service service{.name = "openrouter", .plugin = "provider.openrouter"};
  service.manner.path = "/api/v1";
  service.manner.model = "anthropic/claude-sonnet-4.5";
  service.manner.returns = Returns::both;
  service.manner.models = {"anthropic/claude-sonnet-4.5", "google/gemini-3-flash-preview"};
  service.manner.embed_model = "openai/text-embedding-3-small";
  service.manner.dimensions = 1536;
  service.manner.quota_path = "/api/v1/key";
  service.manner.quota =
      R"({"data":{"label":"sk-or-v1-..","limit":10,"limit_remaining":7.5,"limit_reset":"daily",)"
      R"("usage":30.5,"usage_daily":2.5}})";
  service.windows = R"([{"name":"day","used_percent":25,"used":2.5,"limit":10,"unit":"USD",)"
                    R"("resets_at":"2026-11-28T00:00:00Z"}])";
  service.embed_inputs = 2048;
  service.failing = failures_of_openrouter();
  service.open = open_openai<OpenAiKind::openrouter>;
  return service;
}

Service ollama() {
  Service service{.name = "ollama", .plugin = "provider.openai-compatible"};
  service.manner.path = "/v1";
  service.manner.model = "qwen3:8b";
  service.manner.needs_key = false;
  service.manner.models = {"qwen3:8b", "nomic-embed-text:latest"};
  service.manner.embed_model = "nomic-embed-text";
  service.manner.dimensions = 768;
  service.embed_inputs = 256;
  service.failing = both(failures_of_openai(), failures_of_compatible());
  service.open = open_openai<OpenAiKind::ollama>;
  return service;
}

Service moonshot() {
  Service service{.name = "moonshot", .plugin = "provider.openai-compatible"};
  service.config = {{"replay_reasoning", true}, {"embedding_format", "float"}};
  service.manner.path = "/v1";
  service.manner.model = "kimi-k2-thinking";
  service.manner.returns = Returns::words;
  service.manner.models = {"kimi-k2-thinking"};
  service.manner.embed_model = "some-embedding";
  service.manner.dimensions = 16;
  service.embed_inputs = 256;
  service.failing = failures_of_compatible();
  service.open = open_openai<OpenAiKind::moonshot>;
  return service;
}

Service google(const std::string& name, const std::string& model) {
  Service service{.name = name, .plugin = "provider.google"};
  service.manner.path = "/v1beta";
  service.manner.model = model;
  service.manner.returns = Returns::signature;
  service.manner.models = {model, "gemini-2.5-flash-lite"};
  service.manner.embed_model = "gemini-embedding-001";
  service.manner.dimensions = 3072;
  service.embed_inputs = 100;
  service.failing = failures_of_google();
  service.open = google_stand_in;
  return service;
}

}  // namespace

const std::vector<Service>& services() {
  static const std::vector<Service> all = [] {
    std::vector<Service> list{anthropic(),
                              kimi(),
                              synthetic(),
                              openai(),
                              openrouter(),
                              ollama(),
                              moonshot(),
                              google("google", "gemini-2.5-flash"),
                              google("google, generation 3", "gemini-3-pro-preview")};
    for (auto& service : list) {
      service.failing = both(failures_of_http(), service.failing);
      for (const auto& row : service.failing)
        service.manner.fails.insert_or_assign(row.model, row.answer);
    }
    return list;
  }();
  return all;
}

}  // namespace chela::stand_in
