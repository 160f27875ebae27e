// Pure rules of check.kalshi: maintenance, shards, amounts, what is kept.
#include "judge.h"

#include <gtest/gtest.h>

namespace check_kalshi {
namespace {

Timestamp at(std::string_view text) {
  return trading::parse_time(text).value();
}

World with_status(bool is_active, bool is_trading) {
  World world;
  world.status = ExchangeStatus{is_active, is_trading, "", {}};
  return world;
}

TEST(Maintenance, NeedsBothTheHourAndARest) {
  const Timestamp thursday = at("2026-11-26T08:00:00Z");  // 3:00 in New York
  const Timestamp friday = at("2026-11-27T08:00:00Z");
  const struct {
    const char* name;
    World world;
    Timestamp now;
    bool is_maintenance, is_trading;
  } cases[] = {
      {"announced", with_status(false, false), thursday, true, false},
      {"only trading rests", with_status(true, false), thursday, true, false},
      {"open all the same", with_status(true, true), thursday, false, true},
      {"no answer in the hour", World(), thursday, true, false},
      {"no answer at another hour", World(), friday, false, true},
      {"unannounced", with_status(false, false), friday, false, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(is_in_maintenance(c.world, c.now), c.is_maintenance);
    EXPECT_EQ(is_trading(c.world, c.now), c.is_trading);
  }
}

TEST(Amounts, BecomeIntegersOrNothing) {
  const struct {
    const char* name;
    const char* answer;
    std::optional<std::int64_t> free_micros;
  } cases[] = {
      {"both forms", R"({"balance": 1, "balance_dollars": "12.345678", "portfolio_value": 0})",
       12'345'678},
      {"cents only", R"({"balance": 1234, "portfolio_value": 0})", 12'340'000},
      {"a debt", R"({"balance_dollars": "-0.000001", "portfolio_value": 0})", -1},
      {"seven decimals", R"({"balance_dollars": "0.1234567", "portfolio_value": 0})", std::nullopt},
      {"a double", R"({"balance": 12.5, "portfolio_value": 0})", std::nullopt},
      {"huge", R"({"balance": 9223372036854775807, "portfolio_value": 0})", std::nullopt},
      {"no portfolio", R"({"balance": 5})", std::nullopt},
      {"no object", "[]", std::nullopt},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto kept = keep_balance(*chela::parse_json(c.answer));
    ASSERT_EQ(kept.has_value(), c.free_micros.has_value());
    if (kept) {
      EXPECT_EQ(read_balance(&*kept)->free.count, *c.free_micros);
    } else {
      EXPECT_EQ(kept.error().code, chela::ErrorCode::data_loss);
    }
  }
}

TEST(Settlements, AreRevenueLessCostAndFees) {
  const json::value kept = *chela::parse_json(
      R"([{"ticker": "A", "settled_time": "t", "revenue": 1000, "yes_total_cost_dollars": "5.5",
           "no_total_cost_dollars": "0.25", "fee_cost": "0.07"},
          {"ticker": "B", "settled_time": "t", "revenue": 0,
           "yes_total_cost_dollars": "9223372036854.0", "no_total_cost_dollars": "9223372036854.0"}])");
  const auto settlements = read_settlements(&kept);
  ASSERT_EQ(settlements.size(), 2u);
  EXPECT_EQ(settlements[0].profit.count, 4'180'000);
  EXPECT_EQ(settlements[1].profit.count, 0);  // beyond all bounds
}

TEST(Transfers, CountFromMidnightInNewYork) {
  const json::value kept = *keep_transfers(*chela::parse_json(R"({"deposits": [
        {"status": "applied", "amount_cents": 100, "finalized_ts": 1000},
        {"status": "applied", "amount_cents": 20, "finalized_ts": 999},
        {"status": "pending", "amount_cents": 3, "finalized_ts": 2000},
        {"status": "applied", "amount_cents": 4}, 5]})"),
                                           "deposits");
  const auto sum = [&](int since, int until) {
    return sum_between(&kept, Timestamp(std::chrono::seconds(since)),
                       Timestamp(std::chrono::seconds(until)))
        .count;
  };
  EXPECT_EQ(sum(1000, 5000), 1'000'000);
  EXPECT_EQ(sum(999, 999), 200'000);
  EXPECT_EQ(sum(1001, 5000), 0);
}

TEST(Documents, AreCappedInEverything) {
  json::array orders(
      5000,
      json::object{{"order_id", "x"}, {"ticker", "T"}, {"created_time", std::string(10'000, 'x')}});
  const auto kept = keep_orders(json::object{{"orders", std::move(orders)}});
  ASSERT_TRUE(kept.has_value());
  EXPECT_EQ(kept->as_array().size(), 1000u);
  EXPECT_LT(json::serialize(*kept).size(), 50'000u);
}

}  // namespace
}  // namespace check_kalshi
