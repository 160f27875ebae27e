// check.http against a host that plays the web: the fixture folders, and runs that are out of time.
#include <chela/testing/fixtures.h>

namespace json = chela::json;
using chela::testing::FakeHost;
using chela::testing::OpenedPlugin;

TEST(HttpFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_check_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 25);
}

std::vector<std::string> keys(const json::value& report) {
  std::vector<std::string> all;
  for (const auto& one : report.at("findings").as_array())
    all.push_back(chela::get_string(one, "key"));
  return all;
}

// Four targets of which each takes its 10 seconds and fails, with time for three.
TEST(Http, KeepsWhatItHadNoTimeToLookAt) {
  FakeHost host;
  std::vector<std::string> asked;
  bool is_down = true;
  host.http_handler = [&](const json::value& request, const std::string&) {
    asked.push_back(chela::get_string(request, "url"));
    const auto timeout = chela::Duration(chela::get_int(request, "timeout_ms"));
    EXPECT_GT(timeout.count(), 0);
    if (is_down) host.now += timeout;
    chela::FetchReply reply;
    reply.status = is_down ? 503 : 200;
    return chela::Result<chela::FetchReply>(reply);
  };
  json::array targets;
  for (const char* name : {"a", "b", "c", "d"})
    targets.push_back(json::object{{"url", std::string("https://") + name + ".example.org/"}});
  auto plugin = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host,
                                   json::object{{"targets", targets}});
  ASSERT_TRUE(plugin) << plugin.error().message;
  json::value cursor;
  const auto run = [&] {
    asked.clear();
    const auto report = (*plugin)->call("run", json::object{{"cursor", cursor}});
    EXPECT_TRUE(report) << report.error().message;
    cursor = report->at("cursor");
    return *report;
  };
  EXPECT_EQ(keys(run()).size(), 3u);
  EXPECT_EQ(asked.size(), 3u);
  EXPECT_EQ(keys(run()).size(), 4u) << "the fourth comes first, the others stay";
  EXPECT_EQ(asked.front(), "https://d.example.org/");
  is_down = false;
  const auto healed = run();
  EXPECT_EQ(asked.size(), 4u);
  EXPECT_TRUE(keys(healed).empty());
  EXPECT_EQ(chela::get_string(healed, "summary"), "4 fine");
}

TEST(Http, EndsWithinItsTimeHoweverManyHang) {
  FakeHost host;
  const auto begin = host.now;
  host.http_handler = [&](const json::value& request, const std::string&) {
    host.now += chela::Duration(chela::get_int(request, "timeout_ms"));
    return chela::Result<chela::FetchReply>(
        chela::fail(chela::ErrorCode::deadline_exceeded, "no answer"));
  };
  json::array targets;
  for (int i = 0; i < 30; ++i)
    targets.push_back(json::object{{"url", "https://s" + std::to_string(i) + ".example.org/"}});
  auto plugin = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host,
                                   json::object{{"targets", targets}});
  EXPECT_EQ((*plugin)->call("run", json::object()).error().code, chela::ErrorCode::unavailable);
  EXPECT_LE(host.now - begin, std::chrono::seconds(25));
}
