// check.feed against a host that plays web servers: the fixture folders, and runs that follow each
// other, also where many feeds hang.
#include <chela/testing/fixtures.h>

#include <map>
#include <set>

namespace json = chela::json;
using chela::testing::FakeHost;
using chela::testing::OpenedPlugin;

TEST(FeedFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_check_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 30);
}

// One feed and its runs, each with the cursor of the one before.
class FeedRuns : public ::testing::Test {
 protected:
  std::vector<std::string> run(const std::string& body, int status = 200) {
    host_.http.clear();
    chela::testing::FakeHttpAnswer answer;
    answer.reply.status = status;
    answer.reply.body = body;
    host_.http.push_back(answer);
    auto plugin = OpenedPlugin::open(
        CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host_,
        json::object{{"feeds", json::array{json::object{{"url", "https://example.org/f"}},
                                           json::object{{"url", "https://example.com/g"}}}}});
    const auto report = (*plugin)->call("run", json::object{{"cursor", cursor_}});
    if (!report) return {"error: " + report.error().message};
    if (const auto* cursor = chela::find(*report, "cursor")) cursor_ = *cursor;
    std::vector<std::string> titles;
    for (const auto& one : report->at("findings").as_array())
      titles.push_back(chela::get_string(one, "title"));
    return titles;
  }
  static std::string rss(const std::vector<std::string>& titles) {
    std::string text = "<rss><channel>";
    for (const auto& title : titles) text += "<item><title>" + title + "</title></item>";
    return text + "</channel></rss>";
  }
  using Titles = std::vector<std::string>;

  FakeHost host_;
  json::value cursor_;
};

TEST_F(FeedRuns, TellWhatWasNotThereBefore) {
  EXPECT_EQ(run(rss({"b", "a"})), Titles{});
  EXPECT_EQ(run(rss({"c", "b", "a"})), (Titles{"example.org: c", "example.com: c"}));
  EXPECT_EQ(run(rss({"c", "b"})), Titles{});
  EXPECT_EQ(run(rss({"a", "c", "b"})), Titles{}) << "one that was away is not new";
}

TEST_F(FeedRuns, TellTheFirstEntryOfAFeedThatWasEmpty) {
  EXPECT_EQ(run(rss({})), Titles{});
  EXPECT_EQ(run(rss({"a"})), (Titles{"example.org: a", "example.com: a"}));
}

TEST_F(FeedRuns, DoNotTakeAllOfABrokenFirstLookForNew) {
  const auto whole = rss({"c", "b", "a"});
  EXPECT_EQ(run(whole.substr(0, 60)).size(), 1u) << "an error";
  EXPECT_EQ(run(whole), Titles{});
}

TEST_F(FeedRuns, TellOfAFeedThatStaysUnreadable) {
  run(rss({"a"}));
  for (int i = 0; i < 3; ++i)
    EXPECT_EQ(run("", 503), (Titles{"error: example.org: the server answers 503"}));
  EXPECT_EQ(run("", 404).size(), 2u) << "that will not pass by itself";
  EXPECT_EQ(run(rss({"b", "a"})), (Titles{"example.org: b", "example.com: b"}));
}

TEST_F(FeedRuns, CountAFlood) {
  run(rss({"a"}));
  Titles many{"a"};
  for (int i = 0; i < 400; ++i) many.push_back("n" + std::to_string(i));
  const auto told = run(rss(many));
  ASSERT_EQ(told.size(), 12u);
  EXPECT_EQ(told[5], "example.org: 395 more new entries");
  EXPECT_EQ(run(rss(many)), Titles{});
  for (int round = 0; round < 5; ++round) {
    for (auto& one : many) one += "x";
    run(rss(many));
  }
  EXPECT_LT(json::serialize(cursor_).size(), 100u << 10);
}

namespace {

using Seconds = std::chrono::seconds;

// Runs check.feed over feeds that each take their time, one run after the other.
class SlowFeeds : public ::testing::Test {
 protected:
  static constexpr chela::Duration kNever = std::chrono::hours(1);

  // `dead` that hang, then others that answer at once.
  void open(int dead, int others, json::object config = {}) {
    json::array feeds;
    for (int i = 0; i < dead + others; ++i) {
      takes[feed(i)] = i < dead ? kNever : chela::Duration(10);
      feeds.push_back(json::object{{"url", feed(i)}});
    }
    config["feeds"] = feeds;
    host.http_handler = [this](const json::value& request, const std::string&) {
      return answer(request);
    };
    auto opened = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host, config);
    ASSERT_TRUE(opened) << opened.error().message;
    plugin = std::move(*opened);
  }

  chela::Result<chela::FetchReply> answer(const json::value& request) {
    const auto url = chela::get_string(request, "url");
    const auto timeout = chela::Duration(chela::get_int(request, "timeout_ms"));
    EXPECT_GE(timeout, Seconds(1)) << url;
    asked.push_back(url);
    host.now += std::min(timeout, takes[url]);
    if (takes[url] > timeout)
      return chela::fail(chela::ErrorCode::deadline_exceeded, "no answer in time");
    chela::FetchReply reply;
    reply.status = 200;
    reply.body = "<rss><item><title>" + news + "</title></item></rss>";
    return reply;
  }

  chela::Result<json::value> run(chela::Duration total = Seconds(25)) {
    asked.clear();
    const auto begin = host.now;
    auto report = plugin->call("run", json::object{{"cursor", cursor}});
    EXPECT_LE(host.now - begin, total);
    if (report) cursor = report->at("cursor");
    return report;
  }
  // The titles that a run tells.
  std::vector<std::string> told() {
    const auto report = run();
    EXPECT_TRUE(report) << report.error().message;
    std::vector<std::string> titles;
    if (!report) return titles;
    for (const auto& one : report->at("findings").as_array())
      titles.push_back(chela::get_string(one, "title"));
    return titles;
  }
  void heal() {
    for (auto& [url, time] : takes) time = chela::Duration(10);
  }

  static std::string name(int i) { return "s" + std::to_string(i) + ".example.org"; }
  static std::string feed(int i) { return "https://" + name(i) + "/f"; }
  using Titles = std::vector<std::string>;

  FakeHost host;
  std::map<std::string, chela::Duration> takes;
  std::string news = "a";
  std::vector<std::string> asked;
  json::value cursor;
  std::unique_ptr<OpenedPlugin> plugin;
};

TEST_F(SlowFeeds, ThatHangInFrontDoNotHideTheOthers) {
  open(3, 2);
  EXPECT_EQ(told(), Titles{});
  news = "b";
  EXPECT_EQ(told(), (Titles{name(3) + ": b", name(4) + ": b"}));
  EXPECT_EQ(asked.front(), feed(1)) << "the second one comes first, and has its whole time";
}

TEST_F(SlowFeeds, ThatHangAreToldOfInTheEndHoweverManyThereAre) {
  open(18, 2);
  Titles last;
  for (int i = 0; i < 70; ++i) last = told();
  ASSERT_EQ(last.size(), 18u);
  for (int i = 0; i < 18; ++i)
    EXPECT_EQ(last[static_cast<std::size_t>(i)], name(i) + " cannot be read: no answer in time");
  heal();
  EXPECT_EQ(told(), Titles{});
}

TEST_F(SlowFeeds, AreNotTakenForDeadWhereManyAreAsked) {
  open(0, 20);
  for (const int slow : {0, 7, 8, 19}) takes[feed(slow)] = std::chrono::milliseconds(2500);
  const auto report = run();
  ASSERT_TRUE(report);
  EXPECT_EQ(chela::get_string(*report, "summary"), "nothing new in 20 feeds");
}

TEST_F(SlowFeeds, AllHaveTheirTurnWithinTwoRuns) {
  open(20, 0, {{"failures", 1}});
  EXPECT_EQ(told(), Titles{}) << "the others may answer";
  std::set<std::string> all(asked.begin(), asked.end());
  const Titles offline{"no feed can be read: is this machine online?"};
  EXPECT_EQ(told(), offline);
  all.insert(asked.begin(), asked.end());
  EXPECT_EQ(all.size(), 20u) << "the second run goes on where the first one ended";
  for (int i = 0; i < 50; ++i) EXPECT_EQ(told(), offline);
  heal();
  EXPECT_EQ(told(), Titles{}) << "none is blamed for what happened here";
}

TEST_F(SlowFeeds, ThatFailedWhileNoneWasReadCountOnceOneIs) {
  open(20, 0, {{"failures", 1}});
  EXPECT_EQ(told(), Titles{});
  takes[feed(19)] = chela::Duration(10);
  EXPECT_EQ(told(), (Titles{name(0) + " cannot be read: no answer in time",
                            name(1) + " cannot be read: no answer in time"}));
}

TEST_F(SlowFeeds, AreAllReadAlsoWhereOneRunHasTimeForOne) {
  open(1, 3, {{"total", "1s"}, {"failures", 1}});
  std::set<std::string> all;
  for (int i = 0; i < 8; ++i) {
    ASSERT_TRUE(run(Seconds(1)));
    all.insert(asked.begin(), asked.end());
  }
  EXPECT_EQ(all.size(), 4u);
}

TEST(FeedSettings, ShowsNoPasswordOfAnAddressThatItRefuses) {
  for (const char* url :
       {"http://u:pa55word@127.0.0.1:18080/ok", "http://u:pa55 word@127.0.0.1/",
        "http://@u:pa55word@h", "ftp://u:pa55word@h/", "u:pa55word@h", "http://u:pa55\u00fcword@h/",
        "http://u:pa55/word@h/{{", "HTTP://u:pa55word@h/"}) {
    SCOPED_TRACE(url);
    FakeHost host;
    const auto opened =
        OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host,
                           json::object{{"feeds", json::array{json::object{{"url", url}}}}});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, chela::ErrorCode::invalid_argument);
    EXPECT_EQ(opened.error().message.find("pa55"), std::string::npos) << opened.error().message;
  }
}

}  // namespace
