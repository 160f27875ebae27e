// The plugin as it is loaded: through its door, with replies from memory.
#include "../testing/openai_rules.h"
#include "../testing/provider_fixtures.h"

namespace chela {
namespace {

using testing::ProviderProbe;

constexpr const char* kChat =
    R"({"model":"anthropic/claude-sonnet-4.5","messages":[{"role":"user","content":"Hi"}],"stream":false})";

std::unique_ptr<ProviderProbe> opened(const std::string& config = "{}") {
  auto probe = ProviderProbe::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, parse_json(config).value());
  EXPECT_TRUE(probe.has_value()) << (probe ? "" : probe.error().message);
  return probe ? std::move(*probe) : nullptr;
}

std::string header(const WireRequest& wire, std::string_view name) {
  return std::string(WireReply{0, wire.headers, ""}.header(name));
}

TEST(OpenRouterPlugin, KeepsToItsFixtures) {
  EXPECT_GE(testing::run_provider_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR,
                                           [](const WireRequest& wire) {
                                             namespace rules = testing::openai_rules;
                                             const auto refusal = rules::refuse(
                                                 {wire.method, wire.url, wire.headers, wire.body},
                                                 rules::Kind::openrouter);
                                             return refusal ? refusal->body : "";
                                           }),
            4);
}

TEST(OpenRouterPlugin, SaysWhoAsksOnlyWhereThatWasConfigured) {
  const auto silent = opened()->request("encode", parse_json(kChat).value()).value();
  EXPECT_EQ(header(silent, "http-referer") + header(silent, "x-title"), "");
  const auto named = opened(R"({"referer":"https://example.com","title":"Mine"})")
                         ->request("encode", parse_json(kChat).value())
                         .value();
  EXPECT_EQ(header(named, "http-referer"), "https://example.com");
  EXPECT_EQ(header(named, "x-title"), "Mine");
  EXPECT_FALSE(ProviderProbe::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR,
                                   parse_json(R"({"title":"a\nb: c"})").value())
                   .has_value());
}

TEST(OpenRouterPlugin, PassesRoutingThroughAsItIs) {
  const auto wire =
      opened(R"({"provider":{"order":["A"],"allow_fallbacks":false,"max_price":{"prompt":1}}})")
          ->request("encode", parse_json(kChat).value())
          .value();
  EXPECT_NE(wire.body.find(
                R"("provider":{"order":["A"],"allow_fallbacks":false,"max_price":{"prompt":1}})"),
            std::string::npos)
      << wire.body;
}

TEST(OpenRouterPlugin, ReadsQuotas) {
  const auto probe = opened();
  const auto asked = probe->request("quota_encode", json::object()).value();
  EXPECT_EQ(asked.method + " " + asked.url, "GET https://openrouter.ai/api/v1/key");
  EXPECT_EQ(opened(R"({"quota":"credits"})")->request("quota_encode", json::object())->url,
            "https://openrouter.ai/api/v1/credits");
  const struct {
    const char* name;
    const char* date;
    const char* body;
    const char* windows;
  } cases[] = {
      {"a limit of a day", "Fri, 27 Nov 2026 10:00:05 GMT",
       R"({"data":{"label":"a","limit":10,"limit_remaining":7.5,"limit_reset":"daily","usage":30}})",
       R"({"windows":[{"name":"day","used_percent":2.5E1,"used":2.5E0,"limit":1E1,"unit":"USD","resets_at":"2026-11-28T00:00:00Z"}]})"},
      {"a limit of a week", "Fri, 27 Nov 2026 10:00:05 GMT",
       R"({"data":{"limit":10,"limit_remaining":5,"limit_reset":"weekly"}})",
       R"({"windows":[{"name":"week","used_percent":5E1,"used":5E0,"limit":1E1,"unit":"USD","resets_at":"2026-11-30T00:00:00Z"}]})"},
      {"on a Monday it is the next one", "Mon, 30 Nov 2026 10:00:05 GMT",
       R"({"data":{"limit":10,"limit_remaining":5,"limit_reset":"weekly"}})",
       R"({"windows":[{"name":"week","used_percent":5E1,"used":5E0,"limit":1E1,"unit":"USD","resets_at":"2026-12-07T00:00:00Z"}]})"},
      {"a limit of a month, at the end of the year", "Thu, 31 Dec 2026 10:00:05 GMT",
       R"({"data":{"limit":10,"limit_remaining":10,"limit_reset":"monthly"}})",
       R"({"windows":[{"name":"month","used_percent":0E0,"used":0E0,"limit":1E1,"unit":"USD","resets_at":"2027-01-01T00:00:00Z"}]})"},
      {"a limit that does not come back", "",
       R"({"data":{"limit":10,"usage":4,"limit_reset":null}})",
       R"({"windows":[{"name":"credit","used_percent":4E1,"used":4E0,"limit":1E1,"unit":"USD"}]})"},
      {"no limit", "", R"({"data":{"limit":null,"usage":30,"usage_daily":2,"usage_monthly":9}})",
       R"({"windows":[{"name":"day","used":2E0,"unit":"USD"},{"name":"month","used":9E0,"unit":"USD"}]})"},
      {"credits", "", R"({"data":{"total_credits":50,"total_usage":12.5}})",
       R"({"windows":[{"name":"credit","used_percent":2.5E1,"used":1.25E1,"limit":5E1,"unit":"USD"}]})"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto text = probe->reply("quota_decode", {200, {{"date", c.date}}, c.body});
    ASSERT_TRUE(text.has_value()) << text.error().message;
    EXPECT_EQ(*text, c.windows);
  }
  for (const auto* body : {"", "<html>", "{}", R"({"data":{}})", R"({"data":3})"})
    EXPECT_EQ(probe->reply("quota_decode", {200, {}, body}).error().code, ErrorCode::data_loss)
        << body;
}

}  // namespace
}  // namespace chela
