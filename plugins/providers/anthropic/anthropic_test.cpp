// provider.anthropic through its door.
#include <gtest/gtest.h>

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

TEST(Anthropic, DescribesWhatItCan) {
  EXPECT_EQ(open_probe()->describe().value(),
            of(R"({"chat":true,"origin":"anthropic","quota":false,"models":true})"));
}

TEST(Anthropic, WritesTheRequest) {
  const auto probe = open_probe(of(
      R"({"base_url":"http://127.0.0.1:9/x/","headers":{"Anthropic-Beta":"a,b","User-Agent":"mine"}})"));
  const auto wire = probe->request(
      "encode", of(R"({"model":"claude-sonnet-4-5","messages":[{"role":"user","content":"Hi"}]})"));
  ASSERT_TRUE(wire) << wire.error().message;
  EXPECT_EQ(wire->method, "POST");
  EXPECT_EQ(wire->url, "http://127.0.0.1:9/x/v1/messages");
  const Headers headers{{"content-type", "application/json"},
                        {"anthropic-version", "2023-06-01"},
                        {"anthropic-beta", "a,b"},
                        {"user-agent", "mine"},
                        {"x-api-key", "{{secret:api_key}}"}};
  EXPECT_EQ(wire->headers, headers);
  EXPECT_EQ(of(wire->body), of(R"({"model":"claude-sonnet-4-5","max_tokens":64000,"stream":true,
    "messages":[{"role":"user","content":[{"type":"text","text":"Hi"}]}]})"));
}

TEST(Anthropic, Fixtures) {
  AnthropicRules rules;
  rules.key = "{{secret:api_key}}";
  rules.signature_prefix = "c2ln";
  run_anthropic_fixtures(*open_probe(), rules, "https://api.anthropic.com");
}

TEST(Anthropic, ListsModels) {
  const auto probe = open_probe();
  const auto wire = probe->request("models_encode", json::object());
  ASSERT_TRUE(wire) << wire.error().message;
  EXPECT_EQ(wire->method, "GET");
  EXPECT_EQ(wire->url, "https://api.anthropic.com/v1/models?limit=1000");
  const Headers headers{{"anthropic-version", "2023-06-01"}, {"x-api-key", "{{secret:api_key}}"}};
  EXPECT_EQ(wire->headers, headers);
  const auto models = probe->reply(
      "models_decode",
      {200,
       {},
       R"({"data":[{"type":"model","id":"claude-opus-4-6","display_name":"x"},{"id":""},{"id":"claude-haiku-4-5"}],"has_more":false})"});
  ASSERT_TRUE(models) << models.error().message;
  EXPECT_EQ(of(*models), of(R"({"models":[{"id":"claude-opus-4-6"},{"id":"claude-haiku-4-5"}]})"));
  for (const WireReply& bad :
       {WireReply{401, {}, "{}"}, WireReply{200, {}, "<html>"}, WireReply{200, {}, "{}"}})
    EXPECT_FALSE(probe->reply("models_decode", bad)) << bad.status << bad.body;
}

TEST(Anthropic, RefusesSettingsThatCannotBe) {
  const struct {
    const char* name;
    const char* config;
    const char* says;
  } cases[] = {
      {"scheme", R"({"base_url":"ftp://x"})", "setting 'base_url'"},
      {"query", R"({"base_url":"https://x/?a"})", "setting 'base_url'"},
      {"the key's header", R"({"headers":{"X-Api-Key":"k"}})", "chela sets this header itself"},
      {"a header's name", R"({"headers":{"a b":"k"}})", "no name of a header"},
      {"two lines", R"({"headers":{"a":"k\nb: c"}})", "one line"},
      {"a key in a header", R"({"headers":{"a":"{{secret:api_key}}"}})", "plain text"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto probe = ProviderProbe::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, of(c.config));
    ASSERT_FALSE(probe);
    EXPECT_EQ(probe.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(probe.error().message.find(c.says), std::string::npos) << probe.error().message;
  }
}

}  // namespace
}  // namespace chela::testing
