#include "openai_embed.h"

#include "../../providers/testing/openai_rules.h"
#include "openai_test_support.h"

namespace chela::openai {
namespace {

TEST(OpenAiEmbed, AsksForBase64ByName) {
  const Service service = service_at(Host::official);
  const auto wire = encode_embeddings(service, {"text-embedding-3-small", {"a", "b"}, 256}).value();
  EXPECT_EQ(wire.url, "https://api.openai.com/v1/embeddings");
  EXPECT_EQ(
      wire.body,
      R"({"model":"text-embedding-3-small","input":["a","b"],"encoding_format":"base64","dimensions":256})");
  namespace rules = testing::openai_rules;
  const auto refusal =
      rules::refuse({wire.method, wire.url, wire.headers, wire.body}, rules::Kind::official);
  EXPECT_FALSE(refusal.has_value()) << refusal->body;
  const Service nim =
      service_at(Host::compatible, {{"base_url", "https://integrate.api.nvidia.com/v1"},
                                    {"embedding_format", "float"},
                                    {"embed_body", json::object{{"input_type", "query"}}}});
  EXPECT_EQ(encode_embeddings(nim, {"m", {"a"}, 0}).value().body,
            R"({"model":"m","input":["a"],"encoding_format":"float","input_type":"query"})");
}

TEST(OpenAiEmbed, RefusesBeforeTheServiceDoes) {
  const struct {
    const char* name;
    EmbedRequest request;
    const char* says;
  } cases[] = {
      {"no model", {"", {"a"}, 0}, "model is missing"},
      {"no texts", {"m", {}, 0}, "at least one"},
      {"an empty text", {"m", {"a", ""}, 0}, "texts[1] is empty"},
      {"too many", {"m", std::vector<std::string>(2049, "a"), 0}, "at most 2048"},
      {"a length below 1", {"m", {"a"}, -1}, "dimensions"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto wire = encode_embeddings(service_at(Host::official), c.request);
    ASSERT_FALSE(wire.has_value());
    EXPECT_EQ(wire.error().code, ErrorCode::invalid_argument);
    EXPECT_NE(wire.error().message.find(c.says), std::string::npos) << wire.error().message;
  }
}

TEST(OpenAiEmbed, ReadsVectorsInTheOrderOfTheTexts) {
  const auto reply = decode_embeddings(
      service_at(Host::official),
      {200,
       {},
       R"({"object":"list","data":[{"object":"embedding","index":1,"embedding":[0.5,-2]},)"
       R"({"object":"embedding","index":0,"embedding":"AACAPwAAAEA="}],"model":"m","usage":{"prompt_tokens":4,"total_tokens":4}})"});
  ASSERT_TRUE(reply.has_value()) << reply.error().message;
  EXPECT_EQ(reply->vectors, (std::vector<std::vector<float>>{{1.0f, 2.0f}, {0.5f, -2.0f}}));
  EXPECT_EQ(reply->usage.input_tokens, 4);
}

TEST(OpenAiEmbed, TakesNothingThatIsNoVector) {
  const struct {
    const char* name;
    const char* body;
    ErrorCode code;
  } cases[] = {
      {"no JSON", "<html>", ErrorCode::data_loss},
      {"no data", R"({"object":"list"})", ErrorCode::data_loss},
      {"an error after all", R"({"error":{"message":"at capacity"}})", ErrorCode::unavailable},
      {"the same index twice",
       R"({"data":[{"index":0,"embedding":[1]},{"index":0,"embedding":[2]}]})",
       ErrorCode::data_loss},
      {"an index beyond", R"({"data":[{"index":1,"embedding":[1]}]})", ErrorCode::data_loss},
      {"an empty vector", R"({"data":[{"index":0,"embedding":[]}]})", ErrorCode::data_loss},
      {"words in a vector", R"({"data":[{"index":0,"embedding":[1,"x"]}]})", ErrorCode::data_loss},
      {"no base64", R"({"data":[{"index":0,"embedding":"!!"}]})", ErrorCode::data_loss},
      {"base64 of NaN", R"({"data":[{"index":0,"embedding":"AADAfw=="}]})", ErrorCode::data_loss},
      {"beyond a float", R"({"data":[{"index":0,"embedding":[1e300]}]})", ErrorCode::data_loss},
      {"nothing in an entry", R"({"data":[null]})", ErrorCode::data_loss},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto reply = decode_embeddings(service_at(Host::official), {200, {}, c.body});
    ASSERT_FALSE(reply.has_value());
    EXPECT_EQ(reply.error().code, c.code) << reply.error().message;
  }
}

}  // namespace
}  // namespace chela::openai
