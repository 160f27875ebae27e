// check.alpaca against a host that plays Alpaca: the fixture folders.
#include <chela/testing/fixtures.h>

#include "moments.h"

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

chela::FetchReply answer_of(const std::string& body) {
  chela::FetchReply reply;
  reply.status = 200;
  reply.body = body;
  return reply;
}

TEST(Alpaca, SubtractsAWithdrawalOnceHoweverLongItTakes) {
  const struct {
    const char *name, *now, *asof, *equity, *last_equity, *booked, *leaving;
    const char *status, *words, *peak;
  } looks[] = {
      {"before", "2026-11-23T15:00:00Z", "2026-11-20", "100000", "100000", "0", "0",  //
       "ok", "+0 % today", "100000"},
      {"asked for", "2026-11-23T16:00:00Z", "2026-11-20", "80000", "100000", "0", "20000",  //
       "ok", "+0 % today", "80000"},
      {"the second day", "2026-11-24T15:00:00Z", "2026-11-23", "80000", "80000", "0", "20000",  //
       "ok", "+0 % today", "80000"},
      {"the third day, a loss", "2026-11-25T15:00:00Z", "2026-11-24", "66000", "80000", "0",
       "20000",  //
       "crit", "down 17.5 % since the previous close", "80000"},
      {"the fourth day, level", "2026-11-27T15:00:00Z", "2026-11-25", "66000", "66000", "0",
       "20000",  //
       "warn", "down 17.5 % from its highest mark", "80000"},
      {"arrived", "2026-11-27T16:00:00Z", "2026-11-25", "66000", "66000", "0", "0",  //
       "warn", "down 17.5 % from its highest mark", "80000"},
      {"and booked", "2026-11-27T17:00:00Z", "2026-11-25", "66000", "66000", "-20000", "0",  //
       "warn", "down 17.5 % from its highest mark", "80000"},
      {"the fifth day, a gain", "2026-11-30T15:00:00Z", "2026-11-27", "81000", "66000", "0",
       "0",  //
       "ok", "+22.73 % today", "81000"},
  };
  chela::testing::FakeHost host;
  std::string account;
  host.http_handler = [&account](const chela::json::value& request, const std::string&) {
    const std::string url = chela::get_string(request, "url");
    const bool is_list = url.find("/positions") != std::string::npos ||
                         url.find("/orders") != std::string::npos ||
                         url.find("/activities") != std::string::npos;
    if (is_list) return chela::Result<chela::FetchReply>(answer_of("[]"));
    if (url.ends_with("/v2/account")) return chela::Result<chela::FetchReply>(answer_of(account));
    return chela::Result<chela::FetchReply>(answer_of(
        R"({"is_open": true, "next_open": "2026-12-31T14:30:00Z", "next_close": "2026-12-30T21:00:00Z"})"));
  };
  auto plugin = chela::testing::OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host);
  ASSERT_TRUE(plugin.has_value());
  chela::json::value cursor = nullptr;
  for (const auto& look : looks) {
    SCOPED_TRACE(look.name);
    host.now = *trading::parse_time(look.now);
    account = chela::json::serialize(chela::json::object{{"id", "1"},
                                                         {"status", "ACTIVE"},
                                                         {"equity", look.equity},
                                                         {"last_equity", look.last_equity},
                                                         {"balance_asof", look.asof},
                                                         {"intraday_adjustments", look.booked},
                                                         {"pending_transfer_out", look.leaving}});
    const auto report = (*plugin)->call("run", chela::json::object{{"cursor", cursor}});
    ASSERT_TRUE(report.has_value()) << report.error().message;
    EXPECT_EQ(chela::get_string(*report, "status"), look.status);
    EXPECT_NE(chela::json::serialize(*report).find(look.words), std::string::npos)
        << chela::json::serialize(*report);
    cursor = report->at("cursor");
    EXPECT_EQ(chela::get_string(cursor.at("peak"), "mark"), look.peak);
    const auto brief =
        (*plugin)->call("run", chela::json::object{{"brief", true}, {"cursor", cursor}});
    ASSERT_TRUE(brief.has_value()) << brief.error().message;
    const bool is_lost = std::string(look.name) == "the third day, a loss";
    const char* change = is_lost                            ? "-17.5 % today"
                         : look.status == std::string("ok") ? look.words
                                                            : "+0 % today";
    EXPECT_NE(chela::get_string(*brief, "summary").find(change), std::string::npos)
        << chela::get_string(*brief, "summary");
  }
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
