#include "models/catalog.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace chela::models {
namespace {

using std::chrono::days;

Timestamp at(int year, unsigned month, unsigned day) {
  return Timestamp{std::chrono::sys_days(std::chrono::year(year) / month / day)};
}

std::string shipped_text() {
  std::ifstream file(std::string(CHELA_SOURCE_DIR) + "/host/models/catalog.json");
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Catalog shipped() {
  auto catalog = Catalog::parse(shipped_text());
  EXPECT_TRUE(catalog) << catalog.error().message;
  return catalog.value_or(Catalog());
}

TEST(Catalog, ShipsWithPricesThatTheSourcesAgreeOn) {
  const Catalog catalog = shipped();
  const auto sonnet = catalog.find("anthropic/claude-sonnet-4-5");
  ASSERT_TRUE(sonnet && sonnet->prices);
  EXPECT_EQ(sonnet->prices->cache_write_1h, *parse_usd("6"));
  EXPECT_EQ(sonnet->context_tokens, 200000);
  EXPECT_TRUE(sonnet->can_do("images"));
  EXPECT_FALSE(sonnet->can_do("embeddings"));
  for (const auto& [ref, model] : catalog.models()) {
    SCOPED_TRACE(ref);
    EXPECT_GT(model.context_tokens, 0);
    EXPECT_FALSE(model.can.empty());
  }
}

TEST(Catalog, FollowsRewritesAndSplitsAtTheFirstSlash) {
  const Catalog catalog = shipped();
  EXPECT_EQ(catalog.find("kimi/k2p5")->ref, "kimi-coding/kimi-for-coding");
  const auto glm = catalog.find("synthetic/hf:zai-org/GLM-4.7");
  EXPECT_EQ(glm->provider, "synthetic");
  EXPECT_EQ(glm->wire_id, "hf:zai-org/GLM-4.7");
  const auto unknown = catalog.find("ollama/qwen3:8b");
  ASSERT_TRUE(unknown);
  EXPECT_FALSE(unknown->is_known);
  EXPECT_FALSE(unknown->prices);
  for (const char* bad : {"gpt-5", "/x", "x/", ""}) EXPECT_FALSE(catalog.find(bad)) << bad;
}

TEST(Catalog, CountsEachKindOfTokenOnce) {
  const auto sonnet = *shipped().find("anthropic/claude-sonnet-4-5");
  const Usage usage{1'000'000 / 10, 50'000, 20'000, 10'000, 100'000, 40'000, ""};
  // 0.1 M x 3 + 0.05 M x 0.30 + 0.02 M x 3.75 + 0.01 M x 6 + 0.1 M x 15
  EXPECT_EQ(cost_of(sonnet, usage), *parse_usd("1.95"));
  Usage long_prompt = usage;
  long_prompt.input_tokens = 200'000;  // the whole prompt is beyond 200k: the dearer tier
  EXPECT_EQ(cost_of(sonnet, long_prompt), *parse_usd("3.75"));
}

TEST(Catalog, PrefersWhatTheServiceCharged) {
  const auto model = *shipped().find("openrouter/x/y");
  EXPECT_EQ(cost_of(model, Usage{10, 0, 0, 0, 10, 0, ""}), std::nullopt);
  EXPECT_EQ(cost_of(model, Usage{10, 0, 0, 0, 10, 0, "0.0021"}), *parse_usd("0.0021"));
}

TEST(Catalog, TakesWhatThePersonSaysOverWhatItKnew) {
  Catalog catalog = shipped();
  Model own;
  own.ref = "openai/gpt-4o-mini";
  own.provider = "openai";
  own.wire_id = "gpt-4o-mini";
  own.context_tokens = 1000;
  own.source = "openclaw.json";
  catalog.put(own);
  const auto model = *catalog.find("openai/gpt-4o-mini");
  EXPECT_EQ(model.context_tokens, 1000);
  EXPECT_EQ(model.max_output_tokens, 16384);
  EXPECT_TRUE(model.prices);
  EXPECT_EQ(model.name, "GPT-4o mini");
}

TEST(Catalog, NamesModelsWhoseEndIsNear) {
  const Catalog catalog = shipped();
  const auto sonnet = *catalog.find("anthropic/claude-sonnet-4-5");
  EXPECT_EQ(life_state(sonnet, at(2026, 9, 1)), LifeState::fine);
  EXPECT_EQ(describe_life(sonnet, at(2026, 9, 1)), "");
  EXPECT_EQ(describe_life(sonnet, at(2026, 11, 27)),
            "anthropic/claude-sonnet-4-5 ends on 2026-11-30 (in 3 days); its successor is "
            "anthropic/claude-sonnet-4-6");
  EXPECT_EQ(describe_life(sonnet, at(2026, 11, 30)),
            "anthropic/claude-sonnet-4-5 ended on 2026-11-30; its successor is "
            "anthropic/claude-sonnet-4-6");
}

TEST(Catalog, SaysWhatIsWrongWhere) {
  const struct {
    const char* name;
    const char* text;
    const char* words;
  } cases[] = {
      {"no JSON", "{", "not valid JSON"},
      {"no date", "{}", "date: is missing"},
      {"no models", R"({"date":"d"})", "models: wanted a list"},
      {"bad ref", R"({"date":"d","models":[{"ref":"x"}]})",
       "models[0].ref: wanted provider/model, found 'x'"},
      {"number as price", R"({"date":"d","models":[{"ref":"a/b","prices":{"input":3}}]})",
       "models[0].prices.input: wanted USD as text"},
      {"bad date", R"({"date":"d","models":[{"ref":"a/b","end_of_life":"2026-13-01"}]})",
       "wanted a date such as 2026-11-30"},
      {"twice", R"({"date":"d","models":[{"ref":"a/b"},{"ref":"a/b"}]})", "a/b is there twice"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto catalog = Catalog::parse(c.text);
    ASSERT_FALSE(catalog);
    EXPECT_NE(catalog.error().message.find(c.words), std::string::npos) << catalog.error().message;
  }
}

}  // namespace
}  // namespace chela::models
