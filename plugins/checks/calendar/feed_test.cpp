// What a feed may say and do: foreign bytes, redirects, one UID for everything.
#include <chela/testing/opened_plugin.h>
#include <chela/utf8.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "civil.h"

namespace check_calendar {
namespace {

namespace json = chela::json;
using chela::get_string;
using chela::testing::FakeHost;
using chela::testing::OpenedPlugin;

using Titles = std::vector<std::string>;

class Feed : public ::testing::Test {
 protected:
  Feed() {
    host_.now = chela::Timestamp(std::chrono::seconds(*parse_basic_time("20261127T090000")));
    host_.http_handler = [this](const json::value& request,
                                const std::string&) -> chela::Result<chela::FetchReply> {
      request_ = request;
      return reply_;
    };
    config_ = {{"url", "https://example.org/team.ics"}, {"timezone", "UTC"}, {"conflicts", false}};
  }

  static std::string event(const std::string& uid, const std::string& lines) {
    return "BEGIN:VEVENT\nUID:" + uid + "\n" + lines + "\nEND:VEVENT\n";
  }
  void serve(const std::string& events) {
    reply_.status = 200;
    reply_.body = "BEGIN:VCALENDAR\n" + events + "END:VCALENDAR\n";
  }
  chela::Result<json::value> try_run(json::object request = {}) {
    auto plugin = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host_, config_);
    if (!plugin) return chela::fail(plugin.error());
    request["cursor"] = cursor_;
    auto report = (*plugin)->call("run", request);
    if (report && chela::find(*report, "cursor") != nullptr) cursor_ = report->at("cursor");
    return report;
  }
  Titles run(const char* member = "title") {
    const auto report = try_run();
    EXPECT_TRUE(report.has_value()) << (report ? "" : report.error().message);
    Titles all;
    if (!report) return all;
    for (const auto& finding : report->at("findings").as_array())
      all.push_back(get_string(finding, member));
    return all;
  }

  FakeHost host_;
  chela::FetchReply reply_;
  json::value request_;
  json::object config_;
  json::value cursor_;
};

TEST_F(Feed, KeepsAndTellsOnlyUtf8) {
  // "Caf\xE9" is Latin-1; a fold may lie inside a character; long texts are cut.
  std::string umlauts = "x";
  for (int i = 0; i < 300; ++i) umlauts += "\xC3\xA4";
  serve(event("caf\xE9", "SUMMARY:Caf\xE9\nLOCATION:\xFF\nDTSTART:20261127T091500Z") +
        event("folded", "SUMMARY:M\xC3\n \xA4rz\nDTSTART:20261127T092000Z") +
        event(umlauts, "SUMMARY:" + umlauts + "\nDTSTART;TZID=" + umlauts + ":20261127T092500"));
  const auto titles = run();
  ASSERT_EQ(titles.size(), 4u);
  EXPECT_EQ(titles[0], "in 15 min: Caf\xEF\xBF\xBD");
  EXPECT_EQ(titles[1], "in 20 min: M\xC3\xA4rz");
  for (const auto& [key, value] : host_.state) EXPECT_TRUE(chela::is_utf8(value)) << key;
  EXPECT_EQ(run(), Titles{titles[3]}) << "known, and told before";
  EXPECT_TRUE(host_.log_lines.empty()) << host_.log_lines.front();
}

TEST_F(Feed, IsKeptInPiecesOfWholeCharacters) {
  std::string events;
  for (int i = 0; i < 1500; ++i) {
    std::string summary = i % 2 == 0 ? "" : "x";
    for (int k = 0; k < 50; ++k) summary += "\xE2\x82\xAC";
    events += event("e" + std::to_string(i), "SUMMARY:" + summary + "\nDTSTART:20271127T090000Z");
  }
  serve(events);
  EXPECT_EQ(run(), Titles{});
  EXPECT_GT(host_.state.size(), 3u);
  for (const auto& [key, value] : host_.state) EXPECT_TRUE(chela::is_utf8(value)) << key;
  EXPECT_EQ(run(), Titles{});
  EXPECT_TRUE(host_.log_lines.empty());
}

TEST_F(Feed, ComparesLongListsOfDates) {
  const auto dates = [&](int from, int to) {
    std::string text;
    for (int i = from; i < to; ++i)
      text += "," + format_basic_time(*parse_basic_time("20261129T090000") + i * 3600);
    serve(event("a", "SUMMARY:many\nDTSTART:20261129T090000\nRDATE:" + text.substr(1)));
  };
  dates(1, 2'500);
  EXPECT_EQ(run(), Titles{});
  dates(1, 2'499);
  EXPECT_EQ(run(), Titles{"no longer takes place: many, Sat 13 Mar 12:00"});
  dates(3, 2'499);
  EXPECT_EQ(run(), Titles{"no longer takes place: many, Sun 29 Nov 10:00"});
  dates(2, 2'499);
  EXPECT_EQ(run(), Titles{"new: many, Sun 29 Nov 11:00"});
}

TEST_F(Feed, TellsEachOfManyMovesUnderItsOwnKey) {
  std::set<std::string> keys;
  std::vector<std::string> last;
  for (const char* start : {"1000", "1100", "1000", "1100", "1000"}) {
    serve(event("a", std::string("DTSTART:20261128T") + start + "00Z"));
    const json::value before = cursor_;
    last = run("key");
    keys.insert(last.begin(), last.end());
    if (last.empty()) continue;
    // A run whose report got lost tells it once more, and it is the same.
    cursor_ = before;
    host_.now += std::chrono::minutes(1);
    EXPECT_EQ(run("key"), last);
    host_.now += std::chrono::minutes(15);
  }
  EXPECT_EQ(keys.size(), 4u);
}

TEST_F(Feed, IsReadAnewForAnotherAddressOfThePerson) {
  serve(event("a",
              "SUMMARY:a\nDTSTART:20261127T091500Z\n"
              "ATTENDEE;PARTSTAT=DECLINED:mailto:ana@example.org"));
  config_["addresses"] = json::array{"ana@example.org"};
  EXPECT_EQ(run(), Titles{});
  config_["addresses"] = json::array{"bob@example.org"};
  EXPECT_EQ(run(), Titles{"in 15 min: a"});
}

TEST_F(Feed, IsCountedWholeInABrief) {
  const auto serve_many = [&](int count) {
    std::string events;
    for (int i = 0; i < count; ++i)
      events +=
          event("e" + std::to_string(i),
                "DTSTART:" + format_basic_time(*parse_basic_time("20261127T100000") + i * 60));
    serve(events);
  };
  const struct {
    int count;
    std::size_t listed;
    const char* summary;
  } cases[] = {
      {0, 0, "nothing today or tomorrow"},
      {1, 1, "1 event today and tomorrow"},
      {23, 23, "23 events today and tomorrow"},
      {123, 100, "123 events today and tomorrow, 100 of them listed"},
  };
  for (const auto& c : cases) {
    serve_many(c.count);
    const auto report = try_run({{"brief", true}});
    ASSERT_TRUE(report.has_value());
    EXPECT_EQ(get_string(*report, "summary"), c.summary);
    const auto& findings = report->at("findings").as_array();
    ASSERT_EQ(findings.size(), c.listed);
    if (c.listed == 0) continue;
    EXPECT_TRUE(get_string(findings.back(), "detail").starts_with("today ")) << "its own words";
  }
}

TEST_F(Feed, TellsEventsOfOneUidApartAndWarnsOfIt) {
  const auto summary = [](const std::string& name) { return "SUMMARY:" + name + "\n"; };
  const std::string known = event("a", summary("one") + "DTSTART:20261127T091500Z\nDURATION:PT5M") +
                            event("a", summary("two") + "DTSTART:20261127T091500Z\nDURATION:PT5M") +
                            event("a", summary("three") + "DTSTART:20261127T092000Z");
  const std::string warning = "different events bear the same UID";
  serve(known);
  config_["conflicts"] = true;
  EXPECT_EQ(run(), (Titles{"in 15 min: one", "in 15 min: two", "in 20 min: three",
                           "two events at once, today 09:15-09:20: one and two", warning}));
  EXPECT_EQ(run("key").back(), "shared-uid:a");
  reply_.status = 304;
  EXPECT_EQ(run().back(), warning) << "also where nothing was read";
  std::string many = known;
  for (int i = 0; i < 2'000; ++i)
    many += event("a", summary("n" + std::to_string(i)) + "DTSTART:20261201T090000Z");
  serve(many);
  const auto report = try_run();
  ASSERT_TRUE(report.has_value());
  EXPECT_TRUE(get_string(*report, "summary").starts_with("1 calendar, 2003 events kept"));
  // Versions of one event, and another one, are not meant.
  serve(event("a", summary("one") + "DTSTART:20261127T091500Z") +
        event("a", summary("renamed") + "SEQUENCE:1\nDTSTART:20261127T091500Z") +
        event("b", summary("two") + "DTSTART:20261127T091500Z"));
  const auto titles = run();
  EXPECT_EQ(std::count(titles.begin(), titles.end(), warning), 0);
}

TEST_F(Feed, TellsNothingOfWhatTakesPlaceTooOften) {
  const std::string often = "an event repeats too often to be followed";
  std::string dates, replaced;
  for (int i = 0; i < 60; ++i) {
    const std::string time = format_basic_time(*parse_basic_time("20261127T091000") + i * 60);
    dates += (i == 0 ? "RDATE:" : ",") + time + "Z";
    replaced += event("spam", "SUMMARY:Spam\nRECURRENCE-ID:202612" + std::to_string(10 + i % 20) +
                                  "T" + std::to_string(10 + i / 20) + "0000Z\nDTSTART:" + time +
                                  "Z\nDURATION:PT1S");
  }
  const std::string start = "SUMMARY:Spam\nDTSTART:20261127T091000Z\nDURATION:PT1S\n";
  const struct {
    const char* name;
    std::string events;
    bool is_told;
  } cases[] = {
      {"each second", event("spam", start + "RRULE:FREQ=SECONDLY"), false},
      {"each second, 100 times", event("spam", start + "RRULE:FREQ=SECONDLY;COUNT=100"), false},
      {"each minute", event("spam", start + "RRULE:FREQ=MINUTELY"), false},
      {"each quarter of an hour", event("spam", start + "RRULE:FREQ=MINUTELY;INTERVAL=15"), false},
      {"by RDATE", event("spam", start + dates), false},
      {"by replacements", replaced, false},
      {"each half hour", event("spam", start + "RRULE:FREQ=MINUTELY;INTERVAL=30"), true},
      {"each hour", event("spam", start + "RRULE:FREQ=HOURLY"), true},
  };
  const std::string real =
      event("talk", "SUMMARY:talk\nDTSTART:20261127T092000Z\nDURATION:PT1H") +
      event("dentist", "SUMMARY:dentist\nDTSTART:20261127T120000Z\nDURATION:PT1H");
  config_["conflicts"] = true;
  for (const char* horizon : {"48h", "31d"}) {
    config_["horizon"] = horizon;
    for (const auto& c : cases) {
      SCOPED_TRACE(std::string(c.name) + " " + horizon);
      cursor_ = {};
      serve(real);
      EXPECT_EQ(run(), Titles{"in 20 min: talk"});
      // It comes while somebody looks: no news either.
      serve(c.events + real);
      const auto found = run();
      EXPECT_EQ(std::count(found.begin(), found.end(), often), c.is_told ? 0 : 1);
      if (!c.is_told) {
        EXPECT_EQ(found, Titles{often});
        EXPECT_EQ(run(), Titles{often});
      }
      const auto report = try_run({{"brief", true}});
      ASSERT_TRUE(report.has_value());
      Titles brief;
      for (const auto& finding : report->at("findings").as_array())
        brief.push_back(get_string(finding, "title"));
      EXPECT_EQ(std::count(brief.begin(), brief.end(), "09:20-10:20 talk"), 1);
      EXPECT_EQ(brief.size(), c.is_told ? 8u : 2u) << "three of each day, and the real ones";
    }
  }
}

TEST_F(Feed, LooksAtTheNearestOfTooMany) {
  std::string events = event("z", "SUMMARY:z\nDTSTART:20261127T091500Z");
  for (int i = 0; i < 6'000; ++i)
    events += event("a" + std::to_string(i), "SUMMARY:a\nDTSTART:20261129T090000Z");
  serve(events);
  EXPECT_EQ(run(), (Titles{"in 15 min: z", "more events take place than can be looked at"}));
}

TEST_F(Feed, SaysWhereARedirectPoints) {
  const struct {
    const char *name, *url, *location, *message;
  } cases[] = {
      {"another server", "https://example.org/team.ics", "https://b.example.org/new.ics",
       "the calendar's address: the server answered 301 and says that the calendar lies elsewhere: "
       "'https: //b.example.org/new.ics'; where you trust that, set `url` to it"},
      {"another path", "https://example.org/team.ics", "/new.ics",
       "the calendar's address: the server answered 301 and says that the calendar lies elsewhere: "
       "'https: //example.org/new.ics'; where you trust that, set `url` to it"},
      {"no address", "https://example.org/team.ics", "data:\x1b[31m\nrun this",
       "the calendar's address: the server answered 301 and says that the calendar lies elsewhere: "
       "'data: [31m run this'; where you trust that, set `url` to it"},
      {"a secret one", "{{secret:address}}", "https://b.example.org/private-0123/new.ics",
       "the calendar's address: the server answered 301: the calendar lies elsewhere now, on "
       "'https: //b.example.org'; copy its present address from the calendar's settings into the "
       "secret"},
      {"a secret one, another path", "{{secret:address}}", "/private-0123/new.ics",
       "the calendar's address: the server answered 301: the calendar lies elsewhere now; copy its "
       "present address from the calendar's settings into the secret"},
      {"nowhere", "https://example.org/team.ics", "",
       "the calendar's address: the server answered 301, but not where the calendar is now"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    config_["url"] = c.url;
    reply_ = {};
    reply_.status = 301;
    reply_.headers = {{"location", c.location}};
    const auto report = try_run();
    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().code, chela::ErrorCode::failed_precondition);
    EXPECT_EQ(report.error().message, c.message);
  }
}

TEST_F(Feed, BeginsAnewWhereWhatWasKeptCannotBeRead) {
  serve(event("a", "SUMMARY:a\nDTSTART:20261128T090000Z"));
  run();
  // As an earlier version kept it: no UTF-8, under its right hash.
  const std::string bad = "{\"v\":1,\"calendars\":{\"\xE9\":{}}}";
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : bad + '\0') hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  for (auto& [key, value] : host_.state) value = bad;
  cursor_.as_object()["hash"] = std::to_string(hash);
  EXPECT_EQ(run(), Titles{});
  ASSERT_EQ(host_.log_lines.size(), 1u);
  EXPECT_TRUE(host_.log_lines[0].starts_with("warn: the stored calendars are lost"));
  EXPECT_EQ(run(), Titles{});
  EXPECT_EQ(host_.log_lines.size(), 1u);
}

}  // namespace
}  // namespace check_calendar
