#include "models/budget.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace chela::models {
namespace {

Model priced() {
  Model model;
  model.ref = "p/m";
  model.provider = "p";
  model.prices = Prices{*parse_usd("3"), *parse_usd("15"), *parse_usd("0.3"), *parse_usd("3.75"),
                        *parse_usd("6")};
  return model;
}

TEST(Budget, HoldsWhereNothingIsConfigured) {
  const auto rules = default_budgets();
  ASSERT_EQ(rules.size(), 1u);
  EXPECT_EQ(describe(rules[0]), "2 USD and 500,000 tokens a day");
  EXPECT_TRUE(applies(rules[0], "any", "any"));
}

TEST(Budget, AppliesToItsRoleAndProvider) {
  const BudgetRule rule{Period::month, "researcher", "openai", *parse_usd("20"), {}, false};
  EXPECT_TRUE(applies(rule, "researcher", "openai"));
  EXPECT_FALSE(applies(rule, "researcher", "google"));
  EXPECT_FALSE(applies(rule, "heartbeat", "openai"));
  EXPECT_EQ(describe(rule), "20 USD a month for role researcher at openai");
  EXPECT_EQ(period_of(rule, "2026-11-27"), "2026-11");
  EXPECT_EQ(period_of(default_budgets()[0], "2026-11-27"), "2026-11-27");
}

TEST(Budget, IsFullAtItsLimitAndNotBefore) {
  const BudgetRule rule{Period::day, "", "", Usd{100}, 1000, false};
  const struct {
    const char* name;
    Amount spent;
    Amount more;
    bool is_exceeded;
    int percent;
  } cases[] = {
      {"empty", {}, {{100}, 1000}, false, 0},
      {"money just fits", {{60}, 0}, {{40}, 0}, false, 60},
      {"money does not", {{60}, 0}, {{41}, 0}, true, 60},
      {"tokens do not", {{0}, 800}, {{0}, 201}, true, 80},
      {"the fuller one counts", {{10}, 900}, {}, false, 90},
      {"over", {{500}, 0}, {}, true, 100},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(is_exceeded(rule, c.spent, c.more), c.is_exceeded);
    EXPECT_EQ(percent_of(rule, c.spent), c.percent);
  }
}

TEST(Budget, SetsAsideMoreThanACallCanCost) {
  const Model model = priced();
  ChatRequest request;
  ChatMessage message;
  Part text;
  text.text = std::string(4000, 'a');
  message.content.push_back(text);
  Part image;
  image.type = PartType::image;
  image.data = std::string(100'000, 'A');
  message.content.push_back(image);
  request.messages.push_back(message);
  const auto tokens = estimate_prompt_tokens(request);
  EXPECT_GE(tokens, 4000 / 2 + 2000);
  EXPECT_LT(tokens, 4000 / 2 + 2000 + 200);  // an image's bytes are no text
  const Amount set_aside = reserve_for(model, tokens, 1000);
  Usage worst;
  worst.cache_write_1h_tokens = tokens;
  worst.output_tokens = 1000;
  EXPECT_EQ(amount_of(model, worst), set_aside);
  Usage usual;
  usual.input_tokens = 1000;
  usual.output_tokens = 200;
  EXPECT_LT(amount_of(model, usual).usd, set_aside.usd);
}

TEST(Budget, CountsTokensOfModelsWithoutAPrice) {
  Model model = priced();
  model.prices.reset();
  EXPECT_EQ(reserve_for(model, 500, 100), (Amount{{}, 600}));
  Usage usage;
  usage.input_tokens = 3;
  usage.cache_read_tokens = 4;
  usage.output_tokens = 5;
  EXPECT_EQ(amount_of(model, usage), (Amount{{}, 12}));
}

}  // namespace
}  // namespace chela::models
