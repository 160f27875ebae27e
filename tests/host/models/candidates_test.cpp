#include "models/candidates.h"

#include <gtest/gtest.h>

namespace chela::models {
namespace {

using namespace std::chrono_literals;

const Timestamp kNow{std::chrono::hours(500'000)};

Candidate candidate(const std::string& provider, const std::string& id,
                    const std::string& key = "env:K") {
  Candidate one;
  one.model.ref = provider + "/" + id;
  one.model.provider = provider;
  one.model.wire_id = id;
  one.model.context_tokens = 1000;
  one.model.is_known = true;
  one.model.can = {"tools"};
  one.key = key;
  return one;
}

Cooldown until(Duration left, Reason reason = Reason::rate_limited, Duration since_try = 60s) {
  return {kNow + left, 1, reason, "", kNow - since_try, kNow - since_try};
}

TEST(Choose, TakesTheFirstThatMayGo) {
  Situation situation;
  situation.candidates = {candidate("a", "x", "env:1"), candidate("a", "x", "env:2"),
                          candidate("b", "y")};
  Cooldowns cooldowns;
  situation.cooldowns = &cooldowns;
  EXPECT_EQ(choose(situation, kNow).next, 0u);

  cooldowns[{"a", "env:1", "x"}] = until(24s);
  auto choice = choose(situation, kNow);
  EXPECT_EQ(choice.next, 1u);
  EXPECT_EQ(choice.skipped,
            (std::vector<Skipped>{{"a/x", "env:1", "cooled down for 24 s more: rate_limited"}}));

  cooldowns[{"a", "", ""}] = until(24s, Reason::unreachable);
  EXPECT_EQ(choose(situation, kNow).next, 2u);

  situation.tried.insert({"b", "env:K", "y"});
  choice = choose(situation, kNow);
  EXPECT_EQ(choice.next, std::nullopt);
  EXPECT_EQ(choice.cool_at, kNow + 24s);
  situation.tried.clear();
  situation.retried = {{"a", "env:1", "x"}};
  EXPECT_EQ(choose(situation, kNow).next, 0u);
}

TEST(Choose, ProbesWhereAllAreCooledDown) {
  Situation situation;
  situation.candidates = {candidate("a", "x"), candidate("b", "y")};
  Cooldowns cooldowns{{{"a", "env:K", "x"}, until(24s, Reason::billing)},
                      {{"b", "env:K", "y"}, until(5min)}};
  situation.cooldowns = &cooldowns;
  auto choice = choose(situation, kNow);
  EXPECT_EQ(choice.next, 1u);
  EXPECT_TRUE(choice.is_probe);
  EXPECT_EQ(choice.skipped.size(), 1u);
  cooldowns[{"b", "env:K", "y"}] = until(5min, Reason::rate_limited, 2s);
  choice = choose(situation, kNow);
  EXPECT_EQ(choice.next, std::nullopt);
  EXPECT_EQ(choice.skipped.size(), 2u);
  situation.may_ignore_cooldowns = true;
  EXPECT_EQ(choose(situation, kNow).next, 0u);
}

TEST(Choose, PassesOverWhatCannotAnswer) {
  const struct {
    const char* name;
    void (*change)(Situation&);
    const char* why;
  } cases[] = {
      {"too long a prompt", [](Situation& s) { s.prompt_tokens = 2002; },
       "the prompt does not fit its context window of 1000 tokens"},
      {"images", [](Situation& s) { s.wants = {"images"}; }, "it does not take images"},
      {"an overflow before", [](Situation& s) { s.larger_than = 1000; },
       "its context window is no larger"},
      {"not enabled", [](Situation& s) { s.unusable["a"] = "provider a is not enabled"; },
       "provider a is not enabled"},
      {"our own cap",
       [](Situation& s) {
         s.limited_until[{"a", "env:K", "x"}] = kNow + 3s;
       },
       "its limit is reached for 3 s more"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Situation situation;
    situation.candidates = {candidate("a", "x"), candidate("b", "y")};
    situation.candidates[1].model.context_tokens = 100'000;
    situation.candidates[1].model.can = {"tools", "images"};
    c.change(situation);
    const auto choice = choose(situation, kNow);
    EXPECT_EQ(choice.next, 1u);
    ASSERT_EQ(choice.skipped.size(), 1u);
    EXPECT_EQ(choice.skipped[0].why, c.why);
  }
}

TEST(Choose, TrustsModelsThatNobodyDescribed) {
  Situation situation;
  situation.candidates = {candidate("a", "x")};
  situation.candidates[0].model.is_known = false;
  situation.candidates[0].model.context_tokens = 0;
  situation.prompt_tokens = 1'000'000;
  situation.wants = {"images"};
  EXPECT_EQ(choose(situation, kNow).next, 0u);
}

}  // namespace
}  // namespace chela::models
