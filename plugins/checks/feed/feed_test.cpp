// check.feed against a host that plays web servers: the fixture folders, and runs that follow each
// other.
#include <chela/testing/fixtures.h>

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
