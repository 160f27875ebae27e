// Runs in a row of check.alpaca while requests fail: what was found stands until it is answered.
#include "outage_bench.h"

namespace check_alpaca {
namespace {

namespace json = chela::json;
using trading::Outage;
using trading::OutageBench;

TEST(AlpacaOutage, KeepsTheRefusalUntilTheKeysAreAccepted) {
  struct Run {
    Outage outage;
    bool is_refused;
  };
  const struct {
    const char* name;
    std::vector<Run> runs;
  } cases[] = {
      {"dropped", {{{200}, false}, {{401}, true}, {{0}, true}, {{401}, true}, {{200}, false}}},
      {"an error", {{{200}, false}, {{401}, true}, {{500}, true}, {{401}, true}, {{200}, false}}},
      {"a limit", {{{200}, false}, {{403}, true}, {{429}, true}, {{429}, true}, {{200}, false}}},
      {"never refused",
       {{{200}, false}, {{0}, false}, {{500}, false}, {{0}, false}, {{200}, false}}},
      {"accepted, then dropped",
       {{{200}, false}, {{401}, true}, {{0}, true}, {{0, "/v2/positions"}, false}, {{0}, false}}},
      {"often",
       {{{200}, false},
        {{401}, true},
        {{0}, true},
        {{0}, true},
        {{500}, true},
        {{0}, true},
        {{401}, true},
        {{200}, false},
        {{0}, false}}},
      {"one part",
       {{{200}, false},
        {{403, "/v2/positions"}, true},
        {{500, "/v2/positions"}, true},
        {{0}, true},
        {{200}, false}}},
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
      // It says already why everything is old.
      EXPECT_FALSE(run.is_refused && told.contains("warn stale"));
      bench.host.now += std::chrono::minutes(1);
    }
  }
}

TEST(AlpacaOutage, EndsNoConditionAndBeginsNone) {
  const std::vector<Outage> outages{
      {0},
      {500},
      {401},
      {0, "", true},
      {429},
      {200, "", true},
      {500, "/v2/account"},
      {500, "/v2/clock"},
      {500, "/v2/positions"},
      {500, "status=open"},
      {500, "status=closed"},
      {403, "/v2/positions"},
      {0, "status=open"},
  };
  for (const char* fixture :
       {"account_blocked", "bot_idle", "bot_process_gone", "bot_unit_down", "buying_power_low",
        "cash_below_zero", "concentration", "day_loss", "drawdown_critical",
        "margin_nearly_used_up", "market_paused_on_a_trading_day", "option_expires_today",
        "orders_stuck", "position_the_bot_does_not_know", "position_without_a_stop",
        "stuck_leg_of_a_bracket"}) {
    SCOPED_TRACE(fixture);
    OutageBench bench(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, fixture);
    // No further order comes of age during the test.
    if (std::string(fixture) == "orders_stuck") bench.host.now += std::chrono::hours(1);
    trading::expect_standing(bench, outages, std::chrono::seconds(60));
  }
}

TEST(AlpacaOutage, MakesNoOrderStuck) {
  OutageBench bench(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, "orders_stuck");
  bench.host.now -= std::chrono::hours(1);
  EXPECT_TRUE(bench.run({}).empty());
  bench.host.now += std::chrono::hours(1);
  EXPECT_TRUE(bench.run({0}).empty());
  EXPECT_FALSE(bench.run({}).empty());
}

TEST(AlpacaOutage, KeepsAnOrderThatTheCursorHasNoRoomFor) {
  OutageBench bench(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, "good");
  json::array orders;
  for (int i = 0; i < 200; ++i) {
    orders.push_back(json::object{{"id", std::to_string(i)},
                                  {"symbol", "AAPL"},
                                  {"status", i == 199 ? "pending_new" : "new"},
                                  {"submitted_at", "2026-11-24T15:00:00Z"}});
  }
  bench.set("status=open", orders);
  const std::set<std::string> stuck{"warn order:199"};
  EXPECT_EQ(bench.run({}), stuck);
  EXPECT_EQ(bench.run({0}), stuck);
  EXPECT_EQ(bench.run({500, "status=open"}), stuck);
  bench.set("status=open", json::array());
  EXPECT_TRUE(bench.run({}).empty());
}

}  // namespace
}  // namespace check_alpaca
