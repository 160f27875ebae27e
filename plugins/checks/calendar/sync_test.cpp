// How the mirror is brought up to date: servers that cannot do everything, and runs that break off.
#include <chela/testing/opened_plugin.h>
#include <chela/utf8.h>
#include <gtest/gtest.h>

#include <map>

#include "civil.h"

namespace check_calendar {
namespace {

namespace json = chela::json;
using chela::ErrorCode;
using chela::get_string;
using chela::testing::FakeHost;
using chela::testing::OpenedPlugin;

// A CalDAV server with one calendar; what it can do is switched.
struct Server {
  std::map<std::string, std::string> files;  // by href: event lines
  std::string name{};                        // of the calendar
  bool has_tokens = true, has_etags = true, has_ctag = true;
  int first_token = 0;  // older ones are forgotten
  int token = 1;
  std::size_t per_answer = 1000;  // of a sync report
  std::size_t most_multiget = 1000;
  std::size_t most_delivered = 1000;  // by a multiget; the others are left out
  std::map<std::string, int>
      instead_of_it{};  // by href: the status of it in a multiget; 0: silence
  std::map<int, std::map<std::string, std::string>> past{};
  std::vector<std::string> asked{};  // what requests were about

  void keep() {
    ++token;
    past[token] = files;
  }

  static std::string wrap(const std::string& inside) {
    return "<d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\" "
           "xmlns:s=\"http://calendarserver.org/ns/\">" +
           inside + "</d:multistatus>";
  }
  static std::string item(const std::string& href, const std::string& properties) {
    return "<d:response><d:href>" + href + "</d:href><d:propstat><d:prop>" + properties +
           "</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>";
  }
  static std::string tag(const std::string& text) {
    return "<d:getetag>\"" + std::to_string(std::hash<std::string>()(text)) + "\"</d:getetag>";
  }
  static std::string data(const std::string& uid, const std::string& lines) {
    return "<c:calendar-data>BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:" + uid + "\nSUMMARY:" + uid +
           "\n" + lines + "\nEND:VEVENT\nEND:VCALENDAR\n</c:calendar-data>";
  }

  chela::FetchReply answer(const json::value& request, const std::string& body) {
    const std::string url = get_string(request, "url");
    const bool is_list = body.find("calendar-home-set") != std::string::npos;
    const auto reply = [&](const char* about, int status, const std::string& text) {
      asked.push_back(about);
      chela::FetchReply made;
      made.status = status;
      made.body = text;
      return made;
    };
    if (is_list) {
      std::string properties = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>";
      if (!name.empty()) properties += "<d:displayname>" + name + "</d:displayname>";
      if (has_tokens) properties += "<d:sync-token>" + std::to_string(token) + "</d:sync-token>";
      if (has_ctag) properties += "<s:getctag>" + std::to_string(token) + "</s:getctag>";
      return reply("list", 207, wrap(item("/cal/", properties)));
    }
    if (body.find("sync-collection") != std::string::npos) return sync(body, reply);
    if (body.find("calendar-multiget") != std::string::npos) {
      std::string inside;
      std::size_t count = 0;
      for (const auto& [href, lines] : files) {
        if (body.find("<d:href>" + href + "<") == std::string::npos) continue;
        if (count >= most_delivered) break;
        if (const auto other = instead_of_it.find(href); other != instead_of_it.end()) {
          if (other->second != 0)
            inside += "<d:response><d:href>" + href + "</d:href><d:status>HTTP/1.1 " +
                      std::to_string(other->second) + " X</d:status></d:response>";
          continue;
        }
        inside += item(href, tag(lines) + data(href.substr(5), lines));
        ++count;
      }
      if (count > most_multiget) inside = std::string((8u << 20) + 1, ' ');
      return reply("get", 207, wrap(inside));
    }
    if (body.find("calendar-query") != std::string::npos) {
      std::string inside;
      for (const auto& [href, lines] : files)
        inside += item(href, tag(lines) + data(href.substr(5), lines));
      return reply("range", 207, wrap(inside));
    }
    if (!has_etags) return reply("etags", 405, "");
    std::string inside = item("/cal/", "");
    for (const auto& [href, lines] : files) inside += item(href, tag(lines));
    return reply("etags", 207, wrap(inside));
  }

  template <class Reply>
  chela::FetchReply sync(const std::string& body, const Reply& reply) {
    if (!has_tokens) return reply("sync", 415, "");
    const auto begin = body.find("<d:sync-token>") + 14;
    const int from = std::atoi(body.c_str() + begin);
    if (from != 0 && from < first_token)
      return reply("sync", 403, "<d:error xmlns:d=\"DAV:\"><d:valid-sync-token/></d:error>");
    const auto& before = from == 0 ? std::map<std::string, std::string>{} : past[from];
    std::string inside;
    std::size_t count = 0;
    bool is_cut = false;
    auto after = before;
    for (const auto& [href, lines] : files) {
      const auto old = before.find(href);
      if (old != before.end() && old->second == lines) continue;
      is_cut = ++count > per_answer;
      if (is_cut) break;
      inside += item(href, tag(lines));
      after[href] = lines;
    }
    for (const auto& [href, lines] : before) {
      if (files.contains(href)) continue;
      after.erase(href);
      inside += "<d:response><d:href>" + href +
                "</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response>";
    }
    int given = token;
    if (is_cut) {
      inside +=
          "<d:response><d:href>/cal/</d:href><d:status>HTTP/1.1 507 Insufficient "
          "Storage</d:status></d:response>";
      given = 1000 + static_cast<int>(past.size());
      past[given] = after;
    } else {
      past[token] = files;
    }
    return reply("sync", 207,
                 wrap(inside + "<d:sync-token>" + std::to_string(given) + "</d:sync-token>"));
  }
};

using Titles = std::vector<std::string>;

class Sync : public ::testing::Test {
 protected:
  Sync() {
    host_.now = chela::Timestamp(std::chrono::seconds(*parse_basic_time("20261127T090000")));
    host_.http_handler = [this](const json::value& request,
                                const std::string& body) -> chela::Result<chela::FetchReply> {
      if (fails_after_ == 0) return chela::fail(ErrorCode::unavailable, "nobody answers");
      --fails_after_;
      return server_.answer(request, body);
    };
    server_.files = {{"/cal/a", "DTSTART:20261128T100000Z"},
                     {"/cal/b", "DTSTART:20261129T100000Z"},
                     {"/cal/old", "DTSTART:20200101T100000Z"}};
    server_.keep();
  }

  chela::Result<json::value> try_run() {
    server_.asked.clear();
    auto plugin = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host_, config_);
    if (!plugin) return chela::fail(plugin.error());
    auto report = (*plugin)->call("run", json::object{{"cursor", cursor_}});
    if (report) cursor_ = report->at("cursor");
    return report;
  }
  Titles run() {
    const auto report = try_run();
    EXPECT_TRUE(report.has_value()) << (report ? "" : report.error().message);
    Titles titles;
    if (!report) return titles;
    summary_ = get_string(*report, "summary");
    for (const auto& finding : report->at("findings").as_array())
      titles.push_back(get_string(finding, "title"));
    return titles;
  }
  void change() {
    server_.files["/cal/b"] = "DTSTART:20261129T110000Z";
    server_.files.erase("/cal/a");
    server_.files["/cal/c"] = "DTSTART:20261130T110000Z";
    server_.keep();
  }
  const Titles after_change_{"no longer takes place: a, tomorrow 10:00",
                             "moved: b, from Sun 29 Nov 10:00 to Sun 29 Nov 11:00",
                             "new: c, Mon 30 Nov 11:00"};

  FakeHost host_;
  json::object config_{{"url", "https://dav.example.org/cal/"}, {"timezone", "UTC"}};
  Server server_;
  json::value cursor_;
  std::string summary_;
  int fails_after_ = -1;
};

TEST_F(Sync, AsksForTheDifferenceWithAToken) {
  EXPECT_EQ(run(), Titles{});
  EXPECT_EQ(server_.asked, (Titles{"list", "list", "sync", "get"}));
  EXPECT_EQ(run(), Titles{});
  EXPECT_EQ(server_.asked, (Titles{"list"}));
  change();
  EXPECT_EQ(run(), after_change_);
  EXPECT_EQ(server_.asked, (Titles{"list", "sync", "get"}));
}

TEST_F(Sync, ReadsEverythingAnewWhereTheTokenIsForgotten) {
  run();
  change();
  server_.first_token = 100;
  EXPECT_EQ(run(), after_change_);
  EXPECT_EQ(server_.asked, (Titles{"list", "sync", "sync", "get"}));
}

TEST_F(Sync, ComparesTagsWhereThereAreNoTokens) {
  server_.has_tokens = false;
  EXPECT_EQ(run(), Titles{});
  EXPECT_EQ(server_.asked, (Titles{"list", "list", "etags", "get"}));
  change();
  EXPECT_EQ(run(), after_change_);
  server_.keep();
  EXPECT_EQ(run(), Titles{});
  EXPECT_EQ(server_.asked, (Titles{"list", "etags"})) << "what is over is not fetched again";
}

TEST_F(Sync, AsksForASpanOfTimeWhereNothingElseIsKnown) {
  server_.has_tokens = server_.has_etags = server_.has_ctag = false;
  EXPECT_EQ(run(), Titles{});
  change();
  EXPECT_EQ(run(), after_change_);
  EXPECT_EQ(server_.asked, (Titles{"list", "etags", "range"}));
}

TEST_F(Sync, GoesOnWhereTheServerCutsItsAnswer) {
  for (int i = 0; i < 30; ++i)
    server_.files["/cal/m" + std::to_string(i)] = "DTSTART:20261201T100000Z\nDURATION:PT0S";
  server_.keep();
  server_.per_answer = 7;
  EXPECT_EQ(run(), Titles{});
  EXPECT_TRUE(summary_.starts_with("1 calendar, 32 events kept")) << summary_;
}

TEST_F(Sync, AsksForLessWhereAnAnswerIsTooLarge) {
  server_.most_multiget = 1;
  EXPECT_EQ(run(), Titles{});
  EXPECT_TRUE(summary_.starts_with("1 calendar, 2 events kept")) << summary_;
  server_.most_multiget = 0;
  change();
  const auto titles = run();
  ASSERT_FALSE(titles.empty());
  EXPECT_EQ(titles.back(), "2 events could not be read");
}

TEST_F(Sync, GoesOnInTheNextRunWhereThereIsTooMuchForOne) {
  for (int i = 0; i < 2500; ++i)
    server_.files["/cal/m" + std::to_string(i)] = "DTSTART:20271201T100000Z";
  server_.keep();
  EXPECT_EQ(run(), Titles{});
  EXPECT_NE(summary_.find("503 still to be read"), std::string::npos) << summary_;
  EXPECT_EQ(run(), Titles{}) << "it is still the first look";
  EXPECT_TRUE(summary_.starts_with("1 calendar, 2502 events kept")) << summary_;
  change();
  EXPECT_EQ(run(), after_change_);
}

TEST_F(Sync, TakesWhatAServerLeavesOutForStillThere) {
  const auto moved = std::string("DTSTART:20261129T110000Z");
  for (const bool has_tokens : {true, false}) {
    for (const int status : {0, 403, 503, 200}) {
      SCOPED_TRACE(std::to_string(has_tokens) + " " + std::to_string(status));
      server_.has_tokens = has_tokens;
      cursor_ = {};
      EXPECT_EQ(run(), Titles{});
      const std::string old = server_.files["/cal/b"];
      server_.files["/cal/b"] = moved;
      server_.instead_of_it = {{"/cal/b", status}};
      server_.files["/cal/c"] = "DTSTART:20261130T110000Z";
      server_.keep();
      EXPECT_EQ(run(), Titles{"new: c, Mon 30 Nov 11:00"});
      EXPECT_NE(summary_.find("1 still to be read"), std::string::npos) << summary_;
      EXPECT_EQ(run(), Titles{});
      EXPECT_EQ(server_.asked.back(), "get") << "it is asked for again";
      server_.instead_of_it.clear();
      EXPECT_EQ(run(), Titles{"moved: b, from Sun 29 Nov 10:00 to Sun 29 Nov 11:00"});
      EXPECT_EQ(run(), Titles{});
      EXPECT_EQ(server_.asked, Titles{"list"});
      server_.files["/cal/b"] = old;
      server_.files.erase("/cal/c");
      server_.keep();
    }
  }
}

TEST_F(Sync, TakesWhatIsSaidToBeGoneForGone) {
  run();
  server_.files["/cal/b"] = "DTSTART:20261129T110000Z";
  server_.keep();
  server_.instead_of_it = {{"/cal/b", 404}};
  EXPECT_EQ(run(), Titles{"no longer takes place: b, Sun 29 Nov 10:00"});
}

TEST_F(Sync, AsksOnWhereAnAnswerBringsOnlySome) {
  for (int i = 0; i < 60; ++i)
    server_.files["/cal/m" + std::to_string(i)] = "DTSTART:20271201T100000Z";
  server_.keep();
  server_.most_delivered = 7;
  EXPECT_EQ(run(), Titles{});
  EXPECT_TRUE(summary_.starts_with("1 calendar, 62 events kept; the next")) << summary_;
  EXPECT_EQ(run(), Titles{});
}

TEST_F(Sync, LosesNoNewsWhereARunBreaksOff) {
  run();
  change();
  for (int answers : {0, 1, 2}) {
    fails_after_ = answers;
    const auto report = try_run();
    ASSERT_FALSE(report.has_value());
    EXPECT_EQ(report.error().code, ErrorCode::unavailable);
  }
  fails_after_ = -1;
  // And a run whose report never arrived.
  const json::value old = cursor_;
  EXPECT_EQ(run(), after_change_);
  cursor_ = old;
  EXPECT_EQ(run(), after_change_);
  EXPECT_EQ(run(), Titles{});
}

TEST_F(Sync, BeginsAnewWhereWhatWasStoredIsLost) {
  run();
  change();
  host_.state.clear();
  EXPECT_EQ(run(), Titles{}) << "nobody knows what is new";
  ASSERT_EQ(host_.log_lines.size(), 1u);
  EXPECT_TRUE(host_.log_lines[0].starts_with("warn: the stored calendars are lost"));
  EXPECT_EQ(run(), Titles{});
}

TEST_F(Sync, StaysWithinWhatTheHostKeeps) {
  for (int i = 0; i < 1900; ++i) {
    server_.files["/cal/m" + std::to_string(i)] =
        "DTSTART:20271201T100000Z\nLOCATION:" + std::string(150, 'x');
  }
  server_.keep();
  run();
  for (const auto& [key, value] : host_.state) EXPECT_LE(value.size(), 64u * 1024);
  EXPECT_GT(host_.state.size(), 5u);
  EXPECT_LT(json::serialize(cursor_).size(), 10'000u);
}

TEST_F(Sync, MakesABriefOfWhatItKnowsWhereNobodyAnswers) {
  run();
  fails_after_ = 0;
  auto plugin = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host_, config_);
  const auto state = host_.state;
  const auto report = (*plugin)->call("run", json::object{{"cursor", cursor_}, {"brief", true}});
  ASSERT_TRUE(report.has_value());
  ASSERT_EQ(report->at("findings").as_array().size(), 1u);
  EXPECT_EQ(get_string(report->at("findings").at(0), "title"), "tomorrow 10:00 a");
  EXPECT_EQ(chela::find(*report, "cursor"), nullptr);
  EXPECT_EQ(host_.state, state);
}

TEST_F(Sync, KeepsPathsThatAreNoTextAsTheyAreWritten) {
  server_.files["/cal/caf%E9"] = "DTSTART:20261127T092000Z";
  server_.files["/cal/caf%E8"] = "DTSTART:20261127T092100Z\nSUMMARY:\xE8";
  server_.keep();
  EXPECT_EQ(run().size(), 2u);
  for (const auto& [key, value] : host_.state) EXPECT_TRUE(chela::is_utf8(value)) << key;
  EXPECT_EQ(run(), Titles{});
  EXPECT_TRUE(summary_.starts_with("1 calendar, 4 events kept")) << summary_;
}

TEST_F(Sync, TellsOfACalendarThatIsNotThereUntilItIsBack) {
  config_["calendars"] = json::array{"cal", "team", "team"};
  server_.name = "team";
  EXPECT_EQ(run(), Titles{});
  server_.name = "other";
  for (int i = 0; i < 2; ++i) {
    const auto report = try_run();
    ASSERT_TRUE(report.has_value());
    ASSERT_EQ(report->at("findings").as_array().size(), 1u);
    const auto& finding = report->at("findings").at(0);
    EXPECT_EQ(get_string(finding, "class"), "condition");
    EXPECT_EQ(get_string(finding, "key"), "calendar-name:team");
    EXPECT_EQ(get_string(finding, "title"), "the calendar 'team' is not there");
    EXPECT_EQ(get_string(*report, "status"), "warn");
  }
  server_.name = "team";
  EXPECT_EQ(run(), Titles{});
}

TEST_F(Sync, TellsOfItAlsoWhereNoneOfTheNamedIsThere) {
  config_["calendars"] = json::array{"team"};
  const auto first = try_run();
  ASSERT_FALSE(first.has_value()) << "it was never there: a mistake in the config";
  EXPECT_EQ(first.error().code, ErrorCode::not_found);
  server_.name = "team";
  EXPECT_EQ(run(), Titles{});
  server_.name = "other";
  EXPECT_EQ(run(), Titles{"the calendar 'team' is not there"});
  EXPECT_EQ(run(), Titles{"the calendar 'team' is not there"});
  server_.name = "team";
  EXPECT_EQ(run(), Titles{}) << "a new baseline";
}

TEST_F(Sync, TellsWhatBeganWhileNobodyLooked) {
  server_.files["/cal/soon"] = "DTSTART:20261127T093100Z\nDURATION:PT1H";
  server_.keep();
  EXPECT_EQ(run(), Titles{});
  host_.now += std::chrono::minutes(33);
  EXPECT_EQ(run(), (Titles{"began at 09:31: soon"}));
  EXPECT_EQ(run(), Titles{});
}

}  // namespace
}  // namespace check_calendar
