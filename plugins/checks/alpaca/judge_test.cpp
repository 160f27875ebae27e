// Pure rules of check.alpaca: a clock read long ago, sessions, expiries, transfers.
#include "judge.h"

#include <gtest/gtest.h>

namespace check_alpaca {
namespace {

Timestamp at(std::string_view text) {
  return trading::parse_time(text).value();
}

TEST(MarketOpen, FollowsAClockReadLongAgo) {
  const Clock open{true, at("2026-11-25T14:30:00Z"), at("2026-11-24T21:00:00Z")};
  const Clock closed{false, at("2026-11-25T14:30:00Z"), at("2026-11-25T21:00:00Z")};
  const struct {
    const char* name;
    std::optional<Clock> clock;
    const char* now;
    bool is_open;
  } cases[] = {
      {"open, before the close", open, "2026-11-24T20:59:59Z", true},
      {"open, at the close", open, "2026-11-24T21:00:00Z", false},
      {"open, the next morning", open, "2026-11-25T14:30:00Z", true},
      {"closed, by night", closed, "2026-11-25T14:29:59Z", false},
      {"closed, at the open", closed, "2026-11-25T14:30:00Z", true},
      {"closed, after the close", closed, "2026-11-25T21:00:00Z", false},
      {"closed, days later at noon", closed, "2026-11-30T17:00:00Z", true},
      {"never read, a weekday", std::nullopt, "2026-11-24T15:00:00Z", true},
      {"never read, a Sunday", std::nullopt, "2026-11-22T15:00:00Z", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(is_market_open(c.clock, at(c.now)), c.is_open);
  }
}

TEST(Expiry, StandsInTheSymbol) {
  EXPECT_EQ(expiry_of("AAPL261127C00200000"), trading::parse_day("2026-11-27"));
  EXPECT_EQ(expiry_of("X271231P12345678"), trading::parse_day("2027-12-31"));
  for (const char* none : {"", "AAPL", "261127C00200000", "AAPL261327C00200000",
                           "AAPL261127X00200000", "AAPLxx1127C00200000"})
    EXPECT_FALSE(expiry_of(none).has_value()) << none;
}

TEST(Transfers, CountAWithdrawalOnce) {
  const struct {
    const char *name, *booked, *leaving, *transfers;
  } cases[] = {
      {"none", "0", "0", "0"},
      {"paid in", "100", "0", "100"},
      {"paid out", "-100", "0", "-100"},
      {"on its way", "0", "100", "-100"},
      {"booked and on its way", "-100", "100", "-100"},
      {"a second one on its way", "-100", "250", "-250"},
      {"a minus before the latter", "0", "-100", "-100"},
      {"in and out", "100", "30", "70"},
      {"garbage", "x", "y", "0"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const json::value kept =
        json::object{{"intraday_adjustments", c.booked}, {"pending_transfer_out", c.leaving}};
    EXPECT_EQ(read_account(kept).transfers.text(), c.transfers);
  }
}

TEST(Documents, AreCappedInEverything) {
  json::array orders;
  for (int i = 0; i < 5000; ++i) {
    orders.push_back(json::object{{"id", std::to_string(i)},
                                  {"status", "new"},
                                  {"symbol", std::string(100'000, 'x')},
                                  {"legs", json::array(3, json::object{{"id", "l"}})}});
  }
  const auto kept = keep_orders(orders);
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->as_array().size(), 500u);
  EXPECT_LT(json::serialize(*kept).size(), 50'000u);
}

TEST(Documents, KeepNeitherAccountNumberNorId) {
  const auto kept = keep_account(
      json::object{{"id", "secret-id"}, {"account_number", "PA1"}, {"status", "ACTIVE"}});
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(json::serialize(*kept), R"({"status":"ACTIVE"})");
}

}  // namespace
}  // namespace check_alpaca
