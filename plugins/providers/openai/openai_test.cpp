// The plugin as it is loaded: through its door, with replies from memory.
#include "../testing/openai_rules.h"
#include "../testing/provider_fixtures.h"

namespace chela {
namespace {

using testing::ProviderProbe;

std::unique_ptr<ProviderProbe> opened(json::value config = json::object()) {
  auto probe = ProviderProbe::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, std::move(config));
  EXPECT_TRUE(probe.has_value()) << (probe ? "" : probe.error().message);
  return probe ? std::move(*probe) : nullptr;
}

TEST(OpenAiPlugin, KeepsToItsFixtures) {
  EXPECT_GE(testing::run_provider_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR,
                                           [](const WireRequest& wire) {
                                             namespace rules = testing::openai_rules;
                                             const auto refusal = rules::refuse(
                                                 {wire.method, wire.url, wire.headers, wire.body},
                                                 rules::Kind::official);
                                             return refusal ? refusal->body : "";
                                           }),
            4);
}

TEST(OpenAiPlugin, RefusesSettingsThatCannotBe) {
  const auto probe =
      ProviderProbe::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR,
                          parse_json(R"({"headers":{"authorization":"Bearer mine"}})").value());
  ASSERT_FALSE(probe.has_value());
  EXPECT_EQ(probe.error().code, ErrorCode::invalid_argument);
}

TEST(OpenAiPlugin, SaysWhatItCan) {
  const auto probe = opened();
  EXPECT_EQ(
      json::serialize(probe->describe().value()),
      R"({"chat":true,"origin":"openai","quota":false,"models":true,"embed":{"max_inputs":2048,"max_tokens":300000}})");
}

TEST(OpenAiPlugin, AsksWithTheKeyInItsPlace) {
  const auto probe = opened();
  const auto wire = probe->request(
      "encode",
      parse_json(
          R"({"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi"}],"max_output_tokens":9})")
          .value());
  ASSERT_TRUE(wire.has_value());
  EXPECT_EQ(wire->method, "POST");
  EXPECT_EQ(wire->url, "https://api.openai.com/v1/chat/completions");
  const Headers headers{{"authorization", "Bearer {{secret:api_key}}"},
                        {"content-type", "application/json"},
                        {"accept", "text/event-stream"}};
  EXPECT_EQ(wire->headers, headers);
  EXPECT_EQ(
      wire->body,
      R"({"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi"}],"max_completion_tokens":9,)"
      R"("stream":true,"stream_options":{"include_usage":true}})");
}

TEST(OpenAiPlugin, ReadsAReplyAndItsLimits) {
  const auto probe = opened();
  const WireReply reply{
      200,
      {{"x-ratelimit-limit-requests", "500"},
       {"x-ratelimit-remaining-requests", "499"},
       {"x-ratelimit-reset-requests", "120ms"}},
      "data: "
      "{\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"},"
      "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"};
  const auto events = probe->decode(reply, testing::Cuts::bytewise());
  ASSERT_TRUE(events.has_value());
  EXPECT_EQ(get_string(testing::last_event(*events), "stop"), "end");
  const std::vector<RateLimit> limits{{"requests", 500, 499, Duration(120)}};
  EXPECT_EQ(probe->limits(reply).value(), limits);
}

}  // namespace
}  // namespace chela
