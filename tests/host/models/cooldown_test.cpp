#include "models/cooldown.h"

#include <gtest/gtest.h>

namespace chela::models {
namespace {

using namespace std::chrono_literals;

const Timestamp kNow{std::chrono::hours(500'000)};
const CooldownKey kAt{"anthropic", "env:A", "sonnet"};

Failure failure(Reason reason, ProviderScope scope = ProviderScope::model,
                std::optional<Duration> retry_after = std::nullopt) {
  return {reason, scope, retry_after, "words", 429};
}

TEST(Cooldown, GrowsAndHonoursWhatTheServiceAsks) {
  const struct {
    const char* name;
    Failure what;
    int failures_before;
    Duration wait;
  } cases[] = {
      {"first 429", failure(Reason::rate_limited), 0, 30s},
      {"second 429", failure(Reason::rate_limited), 1, 60s},
      {"third 429", failure(Reason::rate_limited), 2, 5min},
      {"tenth 429", failure(Reason::rate_limited), 9, 5min},
      {"a longer wait is asked for", failure(Reason::rate_limited, ProviderScope::model, 20min), 0,
       20min},
      {"a shorter wait is asked for", failure(Reason::rate_limited, ProviderScope::model, 1s), 0,
       30s},
      {"a day's quota", failure(Reason::quota_exhausted, ProviderScope::key, 9h), 0, 9h},
      {"no such model", failure(Reason::model_not_found), 0, 1h},
      {"nobody listens", failure(Reason::unreachable, ProviderScope::provider), 0, 30s},
      {"an endless wait",
       failure(Reason::rate_limited, ProviderScope::model, std::chrono::hours(24 * 400)), 0,
       std::chrono::hours(24 * 31)},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    std::optional<Cooldown> before;
    if (c.failures_before > 0)
      before = Cooldown{kNow - 1s, c.failures_before, c.what.reason, "", kNow - 1min, kNow - 1min};
    EXPECT_EQ(after_failure(before, c.what, kNow, 0).until - kNow, c.wait);
    const auto longest = after_failure(before, c.what, kNow, 1).until - kNow;
    EXPECT_EQ(longest.count(), c.wait.count() * 11 / 10);
    EXPECT_EQ(after_failure(before, c.what, kNow, 0).failures, c.failures_before + 1);
  }
}

TEST(Cooldown, ForgetsWhatIsADayOld) {
  const Cooldown old{kNow - 20h, 7, Reason::rate_limited, "", kNow - 25h, kNow - 25h};
  EXPECT_EQ(after_failure(old, failure(Reason::rate_limited), kNow, 0).failures, 1);
}

TEST(Cooldown, IsAboutWhatTheFailureIsAbout) {
  const struct {
    const char* name;
    Failure what;
    std::optional<CooldownKey> key;
  } cases[] = {
      {"a model of this key", failure(Reason::rate_limited), kAt},
      {"the key", failure(Reason::billing, ProviderScope::key),
       CooldownKey{"anthropic", "env:A", ""}},
      {"the provider", failure(Reason::unreachable, ProviderScope::provider),
       CooldownKey{"anthropic", "", ""}},
      {"the request", failure(Reason::bad_request, ProviderScope::request), std::nullopt},
      {"a refusal", failure(Reason::refusal), std::nullopt},
      {"an overflow", failure(Reason::context_overflow, ProviderScope::model), std::nullopt},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(cooldown_key(c.what, kAt), c.key);
  }
}

TEST(Cooldown, HoldsWhomItCoversAndNobodyElse) {
  const Cooldown one{kNow + 30s, 1, Reason::rate_limited, "", kNow - 1s, kNow - 1s};
  const struct {
    const char* name;
    CooldownKey rule;
    bool holds;
  } cases[] = {
      {"the same", kAt, true},
      {"the whole key", {"anthropic", "env:A", ""}, true},
      {"the whole provider", {"anthropic", "", ""}, true},
      {"another model", {"anthropic", "env:A", "opus"}, false},
      {"another key", {"anthropic", "env:B", ""}, false},
      {"another provider", {"openai", "", ""}, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Cooldowns all{{c.rule, one}};
    EXPECT_EQ(holding(all, kAt, kNow) != nullptr, c.holds);
    EXPECT_EQ(holding(all, kAt, kNow + 30s), nullptr);
    EXPECT_EQ(ended_by_success(all, kAt).size(), c.holds ? 1u : 0u);
  }
}

TEST(Cooldown, EndsWhereTheClockWasSetBackBeforeItBegan) {
  const Cooldowns all{{kAt, {kNow + 5min, 1, Reason::rate_limited, "", kNow, kNow}}};
  EXPECT_NE(holding(all, kAt, kNow - 30s), nullptr);
  EXPECT_EQ(holding(all, kAt, kNow - 2h), nullptr);
}

TEST(Cooldown, LetsAProbeThroughNowAndThen) {
  const Cooldown transient{kNow + 5min, 3, Reason::overloaded, "", kNow - 11s, kNow - 11s};
  EXPECT_TRUE(may_probe(transient, kNow));
  Cooldown just_tried = transient;
  just_tried.last_try = kNow - 9s;
  EXPECT_FALSE(may_probe(just_tried, kNow));
  Cooldown permanent = transient;
  permanent.reason = Reason::billing;
  EXPECT_FALSE(may_probe(permanent, kNow));
}

TEST(Reasons, HaveNamesThatAreReadAgain) {
  for (int i = 0; i <= static_cast<int>(Reason::cancelled); ++i) {
    const auto reason = static_cast<Reason>(i);
    EXPECT_EQ(parse_reason(to_string(reason)), reason);
  }
  EXPECT_EQ(parse_reason("what"), std::nullopt);
}

TEST(Reasons, OfProvidersAreTheSameWords) {
  for (const auto& [code, name] : chela::internal::kProviderCodes)
    EXPECT_TRUE(parse_reason(name)) << name;
}

}  // namespace
}  // namespace chela::models
