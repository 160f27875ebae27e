// check.alpaca against a host that plays Alpaca: the fixture folders.
#include <chela/testing/fixtures.h>

namespace check_alpaca {
namespace {

TEST(AlpacaFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_check_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 40);
}

// An answer of `path` as long as it may be, with texts as long as they may be.
std::string flood(const std::string& path) {
  const std::string text(64, 'x');
  if (path.find("/v2/account?") != std::string::npos || path.ends_with("/v2/account"))
    return R"({"id": "1", "status": ")" + text + "\"}";
  chela::json::array list;
  for (int i = 0; i < 3000; ++i) {
    list.push_back(chela::json::object{{"id", text.substr(0, 58) + std::to_string(100'000 + i)},
                                       {"symbol", text + std::to_string(i)},
                                       {"status", "pending_new"},
                                       {"qty", "1"},
                                       {"type", text},
                                       {"side", text},
                                       {"asset_class", "crypto"},
                                       {"submitted_at", "2026-01-01T00:00:00Z"},
                                       {"created_at", text},
                                       {"updated_at", text},
                                       {"filled_at", text},
                                       {"failed_at", text}});
  }
  return chela::json::serialize(list);
}

TEST(Alpaca, StaysSmallHoweverMuchTheOtherSideSays) {
  chela::testing::FakeHost host;
  host.http_handler = [](const chela::json::value& request, const std::string&) {
    chela::FetchReply reply;
    reply.status = 200;
    reply.body = flood(chela::get_string(request, "url"));
    return chela::Result<chela::FetchReply>(reply);
  };
  auto plugin = chela::testing::OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host);
  ASSERT_TRUE(plugin.has_value());
  chela::json::value cursor = nullptr;
  for (int run = 0; run < 3; ++run) {
    const auto report = (*plugin)->call("run", chela::json::object{{"cursor", cursor}});
    ASSERT_TRUE(report.has_value()) << report.error().message;
    EXPECT_LE(report->at("findings").as_array().size(), 100u);
    cursor = report->at("cursor");
    EXPECT_LT(chela::json::serialize(cursor).size(), 256u << 10);
    EXPECT_LT(host.http_requests.size(), 40u);
  }
}

TEST(Alpaca, EndsInTimeHoweverSlowTheOtherSideIs) {
  chela::testing::FakeHost host;
  const chela::Timestamp begin = host.now;
  host.http_handler = [&host](const chela::json::value& request, const std::string&) {
    host.now += chela::Duration(chela::get_int(request, "timeout_ms"));
    chela::FetchReply reply;
    reply.status = 500;
    return chela::Result<chela::FetchReply>(reply);
  };
  auto plugin = chela::testing::OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host,
                                                   chela::json::object{{"timeout", "25s"}});
  ASSERT_TRUE(plugin.has_value());
  EXPECT_FALSE((*plugin)->call("run", chela::json::object()).has_value());
  EXPECT_EQ(host.http_requests.size(), 3u);  // of 25, 25 and 10 s
  EXPECT_LE(host.now - begin, std::chrono::seconds(60));
}

}  // namespace
}  // namespace check_alpaca
