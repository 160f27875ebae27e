// What ends a round of requests, and when the next one begins.
#include "asker.h"

#include <gtest/gtest.h>

#include "memory.h"

namespace trading {
namespace {

const Timestamp kNow = *parse_time("2026-11-27T15:00:00Z");

chela::Result<json::value> keep_all(const json::value& document) {
  return document;
}

// Asks for "a" with the outcome `miss`, then for "b", and says whether "b" was asked.
bool goes_on_after(const Miss& miss, Importance importance = Importance::needed) {
  Ledger ledger;
  Asker asker(ledger, kNow);
  asker.ask(
      "a", [&] { return Reading{.miss = miss}; }, keep_all, importance);
  bool is_asked = false;
  asker.ask(
      "b",
      [&] {
        is_asked = true;
        return Reading{.document = json::object()};
      },
      keep_all);
  EXPECT_EQ(asker.has_answered(), is_asked);
  return is_asked;
}

TEST(Asker, StopsWhereTheNextRequestWouldEndLikewise) {
  const struct {
    const char* name;
    Miss miss;
    bool goes_on;
  } cases[] = {
      {"refused keys", {.kind = Miss::Kind::refused, .status = 401}, false},
      {"rate limit", {.kind = Miss::Kind::rate_limited, .status = 429}, false},
      {"nobody answers", {.kind = Miss::Kind::unavailable, .status = 0}, false},
      {"a server error of one path", {.kind = Miss::Kind::unavailable, .status = 500}, true},
      {"garbage", {.kind = Miss::Kind::broken, .status = 200}, true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(goes_on_after(c.miss), c.goes_on);
  }
  EXPECT_TRUE(goes_on_after({.kind = Miss::Kind::refused, .status = 403}, Importance::optional));
}

TEST(Asker, WaitsForTheEndOfARateLimit) {
  Ledger ledger;
  Asker asker(ledger, kNow);
  asker.wait_until(kNow + std::chrono::seconds(1));
  EXPECT_FALSE(asker.ask(
      "a", []() -> Reading { throw std::logic_error("asked"); }, keep_all));
  Asker later(ledger, kNow);
  later.wait_until(kNow);
  EXPECT_TRUE(later.ask(
      "a", [] { return Reading{.document = json::object()}; }, keep_all));
}

TEST(RateLimit, IsWaitedForWithinReason) {
  const auto seconds = [](const Miss& miss, int tries) {
    return std::chrono::duration_cast<std::chrono::seconds>(after_rate_limit(miss, tries, kNow) -
                                                            kNow)
        .count();
  };
  EXPECT_EQ(seconds({.again_at = kNow + std::chrono::seconds(17)}, 1), 17);
  EXPECT_EQ(seconds({.again_at = kNow + std::chrono::hours(20)}, 1), 900);
  EXPECT_EQ(seconds({.again_at = kNow - std::chrono::hours(20)}, 1), 30);
  EXPECT_EQ(seconds({}, 1), 30);
  EXPECT_EQ(seconds({}, 3), 120);
  EXPECT_EQ(seconds({}, 1'000'000), 900);
}

TEST(Memory, IsOfOneAddressOnly) {
  Memory memory;
  memory.last_look = kNow;
  memory.wait_until = kNow + std::chrono::seconds(5);
  memory.rate_limits = 2;
  memory.peak = Peak{Decimal::parse("12.5").value(), {}, 7};
  memory.more["day"] = 3;
  remember_told(memory, {"a", "b", "a"});
  const json::value cursor = to_json(memory, "https://paper.example.org");
  const Memory again = recall(cursor, "https://paper.example.org");
  EXPECT_EQ(to_json(again, "https://paper.example.org"), cursor);
  EXPECT_FALSE(recall(cursor, "https://live.example.org").last_look.has_value());
}

TEST(Memory, ForgetsTheOldestOfTooManyIds) {
  Memory memory;
  for (int i = 0; i < 1000; ++i) remember_told(memory, {std::to_string(i)});
  ASSERT_EQ(memory.told.size(), 300u);
  EXPECT_EQ(memory.told.back(), "999");
}

}  // namespace
}  // namespace trading
