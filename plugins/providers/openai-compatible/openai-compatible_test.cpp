// The plugin as it is loaded: through its door, with replies from memory.
#include "../testing/openai_rules.h"
#include "../testing/provider_fixtures.h"

namespace chela {
namespace {

using testing::ProviderProbe;

std::unique_ptr<ProviderProbe> opened(const std::string& config = "{}") {
  auto probe = ProviderProbe::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, parse_json(config).value());
  EXPECT_TRUE(probe.has_value()) << (probe ? "" : probe.error().message);
  return probe ? std::move(*probe) : nullptr;
}

TEST(OpenAiCompatiblePlugin, KeepsToItsFixtures) {
  EXPECT_GE(testing::run_provider_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR,
                                           [](const WireRequest& wire) {
                                             namespace rules = testing::openai_rules;
                                             const auto refusal = rules::refuse(
                                                 {wire.method, wire.url, wire.headers, wire.body},
                                                 rules::Kind::compatible);
                                             return refusal ? refusal->body : "";
                                           }),
            4);
}

TEST(OpenAiCompatiblePlugin, SendsAKeyWhereItShould) {
  const struct {
    const char* name;
    const char* config;
    const char* authorization;
    const char* api_key;
  } cases[] = {
      {"by itself", "{}", "Bearer {{secret:api_key}}", ""},
      {"not at all", R"({"authentication":"none"})", "", ""},
      {"bearer", R"({"authentication":"bearer"})", "Bearer {{secret:api_key}}", ""},
      {"Azure's way", R"({"authentication":"api-key"})", "", "{{secret:api_key}}"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto wire = opened(c.config)->request("models_encode", json::object()).value();
    EXPECT_EQ(wire.method + " " + wire.url, "GET http://127.0.0.1:11434/v1/models");
    const WireReply headers{0, wire.headers, ""};
    EXPECT_EQ(headers.header("authorization"), c.authorization);
    EXPECT_EQ(headers.header("api-key"), c.api_key);
  }
}

TEST(OpenAiCompatiblePlugin, ListsModels) {
  const auto probe = opened();
  const struct {
    const char* name;
    const char* body;
    const char* models;
  } cases[] = {
      {"in data", R"({"object":"list","data":[{"id":"a"},{"id":"b:8b"},{"name":"no id"}]})",
       R"({"models":[{"id":"a"},{"id":"b:8b"}]})"},
      {"the bare list", R"([{"id":"a"}])", R"({"models":[{"id":"a"}]})"},
      {"none", R"({"data":[]})", R"({"models":[]})"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(probe->reply("models_decode", {200, {}, c.body}).value(), c.models);
  }
  for (const auto* body : {"", "<html>", "{}", R"({"data":null})", "3"})
    EXPECT_EQ(probe->reply("models_decode", {200, {}, body}).error().code, ErrorCode::data_loss)
        << body;
}

TEST(OpenAiCompatiblePlugin, HandsVectorsOn) {
  const auto probe = opened();
  const auto text = probe->reply(
      "embed_decode",
      {200, {}, R"({"data":[{"index":0,"embedding":[1,2]}],"usage":{"prompt_tokens":3}})"}, 1);
  ASSERT_TRUE(text.has_value()) << text.error().message;
  const auto document = parse_document(*text).value();
  EXPECT_EQ(json::serialize(document.head),
            R"({"count":1,"dimensions":2,"usage":{"input_tokens":3,"output_tokens":0}})");
  EXPECT_EQ(document.bytes, std::string_view("\0\0\x80\x3f\0\0\0\x40", 8));
  EXPECT_EQ(
      probe->reply("embed_decode", {200, {}, R"({"data":[{"index":0,"embedding":[1,2]}]})"}, 2)
          .error()
          .code,
      ErrorCode::data_loss);
}

}  // namespace
}  // namespace chela
