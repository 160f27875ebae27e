// check.kalshi against a host that plays Kalshi: the fixture folders, and what is signed.
#include <chela/testing/fixtures.h>

namespace check_kalshi {
namespace {

TEST(KalshiFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_check_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 40);
}

// Every answer has every list, as long as it may be, with texts as long as they may be, and says
// that there is a next page.
std::string flood(int page) {
  const std::string text(64, 'x');
  chela::json::array list;
  for (int i = 0; i < 100; ++i) {
    const std::string name = text.substr(0, 54) + std::to_string(page) + "-" + std::to_string(i);
    list.push_back(chela::json::object{{"ticker", name},
                                       {"order_id", name},
                                       {"position_fp", "1.00"},
                                       {"exchange_index", i},
                                       {"market_exposure_dollars", "1.0"},
                                       {"created_time", "2026-01-01T00:00:00Z"},
                                       {"last_update_time", text},
                                       {"expiration_time", text},
                                       {"status", text},
                                       {"close_time", text},
                                       {"expected_expiration_time", text},
                                       {"result", text},
                                       {"settled_time", text},
                                       {"market_result", text},
                                       {"level", text},
                                       {"expires_ts", 1}});
  }
  chela::json::object answer{{"exchange_active", true},
                             {"trading_active", true},
                             {"balance", 1},
                             {"portfolio_value", 1},
                             {"cursor", std::to_string(page)},
                             {"api_keys", chela::json::array()}};
  for (const char* name : {"market_positions", "orders", "markets", "settlements", "deposits",
                           "withdrawals", "grants", "balance_breakdown", "exchange_index_statuses"})
    answer[name] = list;
  return chela::json::serialize(answer);
}

TEST(Kalshi, StaysSmallHoweverMuchTheOtherSideSays) {
  chela::testing::FakeHost host;
  int page = 0;
  host.http_handler = [&page](const chela::json::value&, const std::string&) {
    chela::FetchReply reply;
    reply.status = 200;
    reply.body = flood(page++);
    return chela::Result<chela::FetchReply>(reply);
  };
  host.signer = [](const std::string&, const std::string&, const std::string&) {
    return chela::Result<chela::Signature>(chela::Signature{"c2ln", "ed25519"});
  };
  auto plugin = chela::testing::OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host);
  ASSERT_TRUE(plugin.has_value());
  chela::json::value cursor = nullptr;
  for (int run = 0; run < 2; ++run) {
    const auto report = (*plugin)->call("run", chela::json::object{{"cursor", cursor}});
    ASSERT_TRUE(report.has_value()) << report.error().message;
    EXPECT_LE(report->at("findings").as_array().size(), 100u);
    cursor = report->at("cursor");
    EXPECT_LT(chela::json::serialize(cursor).size(), 256u << 10);
  }
  EXPECT_LT(page, 100);
}

}  // namespace
}  // namespace check_kalshi
