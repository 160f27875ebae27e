// Runs in a row of check.kalshi while requests fail: what was found stands until it is answered.
#include "outage_bench.h"

namespace check_kalshi {
namespace {

using trading::Outage;
using trading::OutageBench;

constexpr const char* kSigned = "/portfolio/";  // the exchange's status needs no key

TEST(KalshiOutage, KeepsTheRefusalUntilTheKeyIsAccepted) {
  struct Run {
    Outage outage;
    bool is_refused;
  };
  const struct {
    const char* name;
    std::vector<Run> runs;
  } cases[] = {
      {"everything refused",
       {{{200}, false}, {{401}, true}, {{0}, true}, {{401}, true}, {{200}, false}}},
      {"dropped",
       {{{200}, false},
        {{401, kSigned}, true},
        {{0}, true},
        {{401, kSigned}, true},
        {{200}, false}}},
      {"an error",
       {{{200}, false},
        {{401, kSigned}, true},
        {{500, kSigned}, true},
        {{500}, true},
        {{200}, false}}},
      {"a limit",
       {{{200}, false},
        {{403, kSigned}, true},
        {{429, kSigned}, true},
        {{429}, true},
        {{200}, false}}},
      {"everything refused, then the status is answered",
       {{{200}, false}, {{401}, true}, {{500, kSigned}, true}, {{401}, true}, {{200}, false}}},
      {"the status alone says nothing",
       {{{200}, false}, {{401, kSigned}, true}, {{0, kSigned}, true}, {{0, kSigned}, true}}},
      {"never refused",
       {{{200}, false}, {{0}, false}, {{500}, false}, {{0}, false}, {{200}, false}}},
      {"accepted, then dropped",
       {{{200}, false},
        {{401, kSigned}, true},
        {{0, "/portfolio/positions"}, false},
        {{0}, false}}},
      {"at the first look", {{{401, kSigned}, true}, {{500, kSigned}, true}, {{200}, false}}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    OutageBench bench(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, "good");
    int number = 0;
    for (const auto& run : c.runs) {
      SCOPED_TRACE(number++);
      const auto told = bench.run(run.outage);
      EXPECT_EQ(told.contains("crit access"), run.is_refused);
      EXPECT_FALSE(told.contains(""));
      bench.host.now += std::chrono::minutes(1);
    }
  }
}

TEST(KalshiOutage, KeepsTheClockAsTheReason) {
  OutageBench bench(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, "clock_is_off");
  EXPECT_TRUE(bench.run({}).contains("crit access"));
  bench.host.now += std::chrono::minutes(1);
  EXPECT_TRUE(bench.run({500, kSigned}).contains("crit access"));
}

TEST(KalshiOutage, EndsNoConditionAndBeginsNone) {
  const std::vector<Outage> outages{
      {0},
      {500},
      {401, kSigned},
      {0, "", true},
      {429},
      {200, "", true},
      {500, "/exchange/status"},
      {500, "/portfolio/balance"},
      {500, "/portfolio/positions"},
      {500, "status=resting"},
      {500, "min_ts"},
      {500, "/portfolio/deposits"},
      {403, "/portfolio/withdrawals"},
      {500, "/trade-api/v2/markets"},
      {403, "/api_keys"},
      {401, "/account/limits"},
      {0, "/portfolio/positions"},
  };
  for (const char* fixture :
       {"balance_low", "bot_idle", "bot_process_gone", "bot_unit_down", "concentration", "day_loss",
        "day_loss_critical", "drawdown_critical", "exchange_rests_unannounced", "market_ends_today",
        "markets_being_settled", "money_on_the_wrong_shard", "one_shard_is_paused",
        "orders_rest_with_the_exchange", "orders_stuck", "position_the_bot_does_not_know"}) {
    SCOPED_TRACE(fixture);
    OutageBench bench(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, fixture);
    // No further order comes of age during the test.
    if (std::string(fixture) == "orders_stuck") bench.host.now += std::chrono::hours(1);
    trading::expect_standing(bench, outages, std::chrono::seconds(60));
  }
  // Asked for once an hour.
  for (const char* fixture : {"region_ends_soon", "region_expired", "usage_level_ends_soon"}) {
    SCOPED_TRACE(fixture);
    OutageBench bench(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, fixture);
    trading::expect_standing(bench, outages, std::chrono::minutes(61));
  }
}

TEST(KalshiOutage, OverMidnightBeginsNoDay) {
  OutageBench bench(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, "day_loss");
  EXPECT_TRUE(bench.run({}).contains("warn day-loss"));
  bench.host.now += std::chrono::hours(24);
  EXPECT_TRUE(bench.run({0}).contains("warn day-loss"));
  EXPECT_FALSE(bench.run({}).contains("warn day-loss"));
}

// A thousand dollars are paid in a minute after the first look, of 1,434.50.
void pay_in(OutageBench& bench) {
  const auto now =
      std::chrono::duration_cast<std::chrono::seconds>(bench.host.now.time_since_epoch());
  bench.set("/portfolio/balance",
            {{"balance", 223450}, {"balance_dollars", "2234.5000"}, {"portfolio_value", 20000}});
  bench.set("/portfolio/deposits",
            {{"deposits",
              {{{"status", "applied"}, {"amount_cents", 100000}, {"finalized_ts", now.count()}}}}});
}

TEST(KalshiOutage, TakesNoTransferForALossOrAGain) {
  for (const char* failing :
       {"/portfolio/balance", "/portfolio/deposits", "/portfolio/withdrawals"}) {
    SCOPED_TRACE(failing);
    OutageBench bench(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, "good");
    EXPECT_TRUE(bench.run({}).empty());
    bench.host.now += std::chrono::minutes(1);
    pay_in(bench);
    EXPECT_TRUE(bench.run({500, failing}).empty());
    bench.host.now += std::chrono::minutes(1);
    EXPECT_TRUE(bench.run({}).empty());
  }
}

}  // namespace
}  // namespace check_kalshi
