// provider.synthetic through its door.
#include "anthropic_fixtures.h"

namespace chela::testing {
namespace {

std::unique_ptr<ProviderProbe> open_probe(json::value config = json::object()) {
  auto probe = ProviderProbe::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, std::move(config));
  EXPECT_TRUE(probe) << (probe ? "" : probe.error().message);
  return probe ? std::move(*probe) : nullptr;
}

json::value of(std::string_view text) {
  auto value = parse_json(text);
  EXPECT_TRUE(value) << text << (value ? "" : value.error().message);
  return value.value_or(json::value());
}

TEST(Synthetic, DescribesWhatItCan) {
  EXPECT_EQ(open_probe()->describe().value(),
            of(R"({"chat":true,"origin":"synthetic","quota":true,"models":true})"));
}

TEST(Synthetic, Fixtures) {
  AnthropicRules rules;
  rules.key = "{{secret:api_key}}";
  rules.takes_adaptive = false;
  rules.signature_prefix = "c2ln";
  run_anthropic_fixtures(*open_probe(), rules, "https://api.synthetic.new/anthropic");
}

TEST(Synthetic, AsksForModelsAndQuotaOnTheSameHost) {
  const auto probe = open_probe(of(R"({"base_url":"http://127.0.0.1:8080/proxy/anthropic/"})"));
  const Headers headers{{"authorization", "Bearer {{secret:api_key}}"}};
  const auto models = probe->request("models_encode", json::object());
  ASSERT_TRUE(models) << models.error().message;
  EXPECT_EQ(models->url, "http://127.0.0.1:8080/openai/v1/models");
  EXPECT_EQ(models->method, "GET");
  EXPECT_EQ(models->headers, headers);
  const auto quota = probe->request("quota_encode", json::object());
  ASSERT_TRUE(quota) << quota.error().message;
  EXPECT_EQ(quota->url, "http://127.0.0.1:8080/v2/quotas");
  EXPECT_EQ(quota->headers, headers);
}

TEST(Synthetic, ListsModels) {
  const auto models = open_probe()->reply(
      "models_decode",
      {200, {}, R"({"object":"list","data":[{"id":"hf:zai-org/GLM-4.7","pricing":{}}]})"});
  ASSERT_TRUE(models) << models.error().message;
  EXPECT_EQ(of(*models), of(R"({"models":[{"id":"hf:zai-org/GLM-4.7"}]})"));
}

TEST(Synthetic, ReadsWhatIsLeft) {
  const auto probe = open_probe();
  const struct {
    const char* name;
    const char* body;
    const char* windows;
  } cases[] = {
      {"all of it",
       R"({"subscription":{"limit":135,"requests":27,"renewsAt":"2026-12-01T00:00:00Z"},
         "search":{"hourly":{"limit":250,"requests":0,"renewsAt":"2026-11-27T11:00:00Z"}},
         "freeToolCalls":{"limit":500,"requests":5},
         "weeklyTokenLimit":{"nextRegenAt":"2026-11-27T12:00:00Z","percentRemaining":75,"maxCredits":"$24.00","remainingCredits":"$18.00","nextRegenCredits":"$0.48"},
         "rollingFiveHourLimit":{"nextTickAt":"2026-11-27T10:15:00Z","tickPercent":0.05,"remaining":400,"max":500,"limited":false}})",
       R"([{"name":"subscription","used_percent":2E1,"used":2.7E1,"limit":1.35E2,"unit":"requests","resets_at":"2026-12-01T00:00:00Z"},
           {"name":"week","used_percent":2.5E1,"used":6E0,"limit":2.4E1,"unit":"USD","resets_at":"2026-11-27T12:00:00Z"},
           {"name":"5h","used_percent":2E1,"used":1E2,"limit":5E2,"unit":"requests","resets_at":"2026-11-27T10:15:00Z"},
           {"name":"search, hourly","used_percent":0E0,"used":0E0,"limit":2.5E2,"unit":"requests","resets_at":"2026-11-27T11:00:00Z"},
           {"name":"free tool calls","used_percent":1E0,"used":5E0,"limit":5E2,"unit":"requests"}])"},
      {"a percentage only", R"({"weeklyTokenLimit":{"percentRemaining":90}})",
       R"([{"name":"week","used_percent":1E1,"unit":"USD"}])"},
      {"nothing", "{}", "[]"},
      {"other things",
       R"({"subscription":null,"search":[],"rollingFiveHourLimit":{"max":"a lot"},"weeklyTokenLimit":7})",
       "[]"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto windows = probe->reply("quota_decode", {200, {}, c.body});
    ASSERT_TRUE(windows) << windows.error().message;
    EXPECT_EQ(of(*windows).at("windows"), of(c.windows)) << *windows;
  }
  for (const WireReply& bad : {WireReply{401, {}, "{}"}, WireReply{200, {}, "[]"}})
    EXPECT_FALSE(probe->reply("quota_decode", bad)) << bad.status;
}

}  // namespace
}  // namespace chela::testing
