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
    const Account account = read_account(kept, at("2026-11-24T15:00:00Z"));
    const Leaving leaving = follow_leaving(std::nullopt, account.leaving, account.day);
    EXPECT_EQ(transfers_since(account.booked, leaving).text(), c.transfers);
  }
}

TEST(Transfers, AreThoseOfTheDayHoweverLongTheyTake) {
  const struct {
    const char* name;
    std::int64_t day;
    const char *booked, *leaving, *transfers;
  } looks[] = {
      {"nothing", 1, "0", "0", "0"},
      {"asked for", 1, "0", "20", "-20"},
      {"still on its way", 2, "0", "20", "0"},
      {"and the next day", 3, "0", "20", "0"},
      {"a second one", 3, "0", "35", "-15"},
      {"the first has arrived", 3, "0", "15", "-15"},
      {"and is booked", 3, "-20", "15", "-15"},
      {"the second is booked too", 3, "-35", "15", "-15"},
      {"the day is over", 4, "0", "15", "0"},
      {"money comes in", 4, "7", "15", "7"},
      {"arrived and booked", 5, "-15", "0", "0"},
      {"another is booked at once", 5, "-25", "10", "-10"},
      {"the day is over again", 6, "0", "10", "0"},
      {"arrived and never booked", 6, "0", "0", "0"},
      {"paid out and arrived within a day", 7, "-9", "0", "-9"},
      {"nothing again", 8, "0", "0", "0"},
  };
  std::optional<Leaving> leaving;
  for (const auto& look : looks) {
    SCOPED_TRACE(look.name);
    leaving = follow_leaving(leaving, Decimal::parse(look.leaving).value(), look.day);
    const Decimal booked = Decimal::parse(look.booked).value();
    EXPECT_EQ(transfers_since(booked, *leaving).text(), look.transfers);
    const json::value kept = to_json(*leaving);
    leaving = parse_leaving(&kept);
    ASSERT_TRUE(leaving.has_value());
  }
  const json::value damaged = json::object{{"level", "1"}, {"before", 2}};
  EXPECT_FALSE(parse_leaving(&damaged).has_value());
  EXPECT_FALSE(parse_leaving(nullptr).has_value());
}

TEST(Account, HasTheDayOfTheAnswerWhereAlpacaNamesNone) {
  const Timestamp taken = at("2026-11-24T04:00:00Z");  // still the day before in New York
  EXPECT_EQ(read_account(json::object(), taken).day, trading::parse_day("2026-11-23"));
  EXPECT_EQ(read_account(json::object{{"balance_asof", "2026-11-20"}}, taken).day,
            trading::parse_day("2026-11-20"));
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
