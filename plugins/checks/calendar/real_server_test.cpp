// check.calendar against servers that nobody here wrote: Radicale, Xandikos, and a plain file
// behind Python's own web server.
#include <gtest/gtest.h>

#include "civil.h"
#include "real_server.h"
#include "support/real_peers.h"

namespace check_calendar::test {
namespace {

using chela::get_string;
using chela::testing::FakeHost;
using chela::testing::OpenedPlugin;

std::string in_file(const std::string& lines) {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//test//EN\r\n" + lines +
         "END:VCALENDAR\r\n";
}
std::string event(const std::string& uid, const std::string& lines) {
  return "BEGIN:VEVENT\r\nUID:" + uid + "\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:" + uid + "\r\n" +
         lines + "END:VEVENT\r\n";
}

// One check that is run again and again, with its cursor.
class RealServer : public ::testing::Test {
 protected:
  RealServer() {
    char name[] = "/tmp/chela-calendar-XXXXXX";
    folder_ = mkdtemp(name);
    port_ = free_port();
    host_.now = chela::Timestamp(std::chrono::seconds(*parse_basic_time("20261127T090000")));
    open_way(host_, {{"password", "not so secret"}});
    for (const char* zone : {"Europe/Berlin", "America/New_York"}) {
      host_.put_file(std::string("/usr/share/zoneinfo/") + zone,
                     chela::testing::read_whole_file(std::string("/usr/share/zoneinfo/") + zone));
    }
  }
  ~RealServer() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  void write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << text;
  }

  bool start_radicale() {
    write("users", "ana:not so secret\n");
    write("config", "[server]\nhosts = 127.0.0.1:" + std::to_string(port_) +
                        "\n[auth]\ntype = htpasswd\nhtpasswd_filename = " + folder_ +
                        "/users\nhtpasswd_encryption = plain\ndelay = 0\n[storage]\n"
                        "filesystem_folder = " +
                        folder_ + "/data\n");
    server_.emplace(std::vector<std::string>{"/usr/bin/python3", "-m", "radicale", "--config",
                                             folder_ + "/config"},
                    port_);
    is_radicale_ = true;
    home_ = "/ana/";
    return server_->is_up();
  }
  bool start_xandikos() {
    std::filesystem::create_directories(folder_ + "/data");
    server_.emplace(std::vector<std::string>{"/usr/bin/xandikos", "-l", "127.0.0.1", "-p",
                                             std::to_string(port_), "-d", folder_ + "/data",
                                             "--defaults", "--current-user-principal", "/ana/"},
                    port_);
    home_ = "/ana/calendars/";
    return server_->is_up();
  }

  int send(const std::string& method, const std::string& path, const std::string& body) {
    std::vector<std::pair<std::string, std::string>> headers{
        {"content-type", method == "PUT" ? "text/calendar" : "application/xml"}};
    if (is_radicale_) headers.emplace_back("authorization", "Basic " + base64("ana:not so secret"));
    const auto reply = exchange(port_, method, path, headers, body);
    return reply ? reply->status : 0;
  }
  void make_calendar(const std::string& name) {
    const std::string body =
        "<?xml version=\"1.0\"?><c:mkcalendar xmlns:d=\"DAV:\" "
        "xmlns:c=\"urn:ietf:params:xml:ns:caldav\"><d:set><d:prop><d:displayname>" +
        name + "</d:displayname></d:prop></d:set></c:mkcalendar>";
    EXPECT_EQ(send("MKCALENDAR", home_ + name + "/", body), 201);
  }
  void put(const std::string& calendar, const std::string& uid, const std::string& lines) {
    const int status =
        send("PUT", home_ + calendar + "/" + uid + ".ics", in_file(event(uid, lines)));
    EXPECT_TRUE(status == 201 || status == 204) << status;
  }
  void remove(const std::string& calendar, const std::string& uid) {
    const int status = send("DELETE", home_ + calendar + "/" + uid + ".ics", "");
    EXPECT_TRUE(status == 200 || status == 204) << status;
  }

  chela::Result<json::value> try_run(json::object request = {}) {
    json::object config{{"url", "http://127.0.0.1:" + std::to_string(port_) + path_},
                        {"timezone", "Europe/Berlin"}};
    if (!calendars_.empty()) config["calendars"] = calendars_;
    if (is_radicale_) {
      config["login"] = "basic";
      config["user"] = "ana";
    }
    auto plugin = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host_, config);
    if (!plugin) return chela::fail(plugin.error());
    request["cursor"] = cursor_;
    host_.http_requests.clear();
    auto report = (*plugin)->call("run", request);
    if (report && chela::find(*report, "cursor") != nullptr) cursor_ = report->at("cursor");
    return report;
  }
  // The titles of all findings of one run.
  std::vector<std::string> run(json::object request = {}) {
    const auto report = try_run(std::move(request));
    EXPECT_TRUE(report.has_value()) << (report ? "" : report.error().message);
    std::vector<std::string> titles;
    if (!report) return titles;
    for (const auto& finding : report->at("findings").as_array())
      titles.push_back(get_string(finding, "title"));
    return titles;
  }
  std::vector<std::string> methods() const {
    std::vector<std::string> names;
    for (const auto& request : host_.http_requests) names.push_back(get_string(request, "method"));
    return names;
  }

  void tells_a_story();

  using Titles = std::vector<std::string>;
  FakeHost host_;
  std::string folder_, home_, path_ = "/";
  json::array calendars_;
  json::value cursor_;
  int port_ = 0;
  bool is_radicale_ = false;
  std::optional<ServerProcess> server_;
};

// What both servers have to go through. It is Friday, 10:00 in Berlin.
void RealServer::tells_a_story() {
  make_calendar("work");
  make_calendar("home");
  put("work", "standup",
      "DTSTART;TZID=Europe/Berlin:20261102T093000\r\nDURATION:PT30M\r\n"
      "RRULE:FREQ=DAILY;BYDAY=MO,TU,WE,TH,FR\r\n");
  put("work", "review", "DTSTART;TZID=Europe/Berlin:20261127T102500\r\nDURATION:PT1H\r\n");
  put("work", "past", "DTSTART:20250102T090000Z\r\nDURATION:PT1H\r\n");
  put("home", "dentist", "DTSTART;TZID=Europe/Berlin:20261128T140000\r\nDURATION:PT1H\r\n");
  EXPECT_EQ(run(), (Titles{"in 25 min: review"})) << "the first look is the baseline";
  EXPECT_EQ(run(), Titles{}) << "what was told is not told again";
  EXPECT_EQ(methods(), (Titles{"PROPFIND"})) << "nothing has changed";

  put("home", "party", "DTSTART;TZID=Europe/Berlin:20261128T143000\r\nDURATION:PT3H\r\n");
  EXPECT_EQ(run(), (Titles{"new: party, tomorrow 14:30-17:30",
                           "two events at once, tomorrow 14:30-15:00: dentist and party"}));
  EXPECT_EQ(methods(), (Titles{"PROPFIND", "REPORT", "REPORT"})) << "only what changed is fetched";

  put("home", "party",
      "DTSTART;TZID=Europe/Berlin:20261128T160000\r\nDURATION:PT3H\r\n"
      "SEQUENCE:1\r\n");
  EXPECT_EQ(run(), (Titles{"moved: party, from tomorrow 14:30-17:30 to tomorrow 16:00-19:00"}));

  remove("home", "dentist");
  EXPECT_EQ(run(), (Titles{"no longer takes place: dentist, tomorrow 14:00-15:00"}));

  // Nobody must be kept from reading the rest by one event that repeats each second.
  put("work", "bomb", "DTSTART:20260101T000000Z\r\nRRULE:FREQ=SECONDLY\r\nTRANSP:OPAQUE\r\n");
  put("work", "lunch", "DTSTART;TZID=Europe/Berlin:20261127T123000\r\nDURATION:PT1H\r\n");
  const auto with_bomb = run();
  EXPECT_EQ(std::count(with_bomb.begin(), with_bomb.end(), "new: lunch, today 12:30-13:30"), 1);
  EXPECT_EQ(
      std::count(with_bomb.begin(), with_bomb.end(), "an event repeats too often to be followed"),
      1);
  remove("work", "bomb");
  run();

  server_->stop();
  const auto without_server = try_run();
  ASSERT_FALSE(without_server.has_value());
  EXPECT_EQ(without_server.error().code, chela::ErrorCode::unavailable);
  server_->start();
  ASSERT_TRUE(server_->is_up());
  put("home", "after", "DTSTART;TZID=Europe/Berlin:20261129T100000\r\nDURATION:PT1H\r\n");
  EXPECT_EQ(run(), (Titles{"new: after, Sun 29 Nov 10:00-11:00"})) << "after a restart";

  EXPECT_EQ(run({{"brief", true}}), (Titles{"10:25-11:25 review (work)", "12:30-13:30 lunch (work)",
                                            "tomorrow 16:00-19:00 party (home)"}));

  // A token that the server never gave.
  std::string stored;
  const std::string generation = get_string(cursor_, "mirror");
  stored = host_.state["mirror." + generation + ".0"];
  json::value mirror = *chela::parse_json(stored);
  for (auto& [path, calendar] : mirror.at("calendars").as_object()) {
    calendar.as_object()["token"] =
        is_radicale_ ? "http://radicale.org/ns/sync/" + std::string(64, 'a') : std::string(40, 'a');
    calendar.as_object()["ctag"] = "old";
  }
  stored = json::serialize(mirror);
  host_.state["mirror." + generation + ".0"] = stored;
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : stored + '\0') hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  cursor_.as_object()["hash"] = std::to_string(hash);
  put("home", "concert", "DTSTART;TZID=Europe/Berlin:20261201T200000\r\nDURATION:PT2H\r\n");
  EXPECT_EQ(run(), (Titles{"new: concert, Tue 1 Dec 20:00-22:00"})) << "after a token expired";

  const auto known = run({{"learn", true}});
  EXPECT_EQ(std::count(known.begin(), known.end(), "calendar work at " + home_ + "work/"), 1);

  calendars_ = {"work"};
  cursor_ = nullptr;
  EXPECT_EQ(run(), (Titles{"in 25 min: review"}));
  calendars_ = {"nowhere"};
  const auto nowhere = try_run();
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_EQ(nowhere.error().code, chela::ErrorCode::not_found);

  // The address of one calendar will do.
  calendars_ = {};
  cursor_ = nullptr;
  path_ = home_ + "home/";
  EXPECT_EQ(run({{"brief", true}}), (Titles{"tomorrow 16:00-19:00 party (home)"}));
}

TEST_F(RealServer, RadicaleIsFollowed) {
  CHELA_WANT_PEER(std::system("/usr/bin/python3 -c 'import radicale' 2>/dev/null") == 0,
                  "install python3-radicale (scripts/install_packages.sh --tests)");
  ASSERT_TRUE(start_radicale());
  tells_a_story();
}

TEST_F(RealServer, XandikosIsFollowed) {
  CHELA_WANT_PEER(std::filesystem::exists("/usr/bin/xandikos"),
                  "install xandikos (scripts/install_packages.sh --tests)");
  ASSERT_TRUE(start_xandikos());
  tells_a_story();
}

TEST_F(RealServer, AWrongPasswordIsSaid) {
  CHELA_WANT_PEER(std::system("/usr/bin/python3 -c 'import radicale' 2>/dev/null") == 0,
                  "install python3-radicale (scripts/install_packages.sh --tests)");
  ASSERT_TRUE(start_radicale());
  open_way(host_, {{"password", "wrong"}});
  const auto report = try_run();
  ASSERT_FALSE(report.has_value());
  EXPECT_EQ(report.error().code, chela::ErrorCode::unauthenticated) << report.error().message;
}

TEST_F(RealServer, APlainFileIsFetchedOnlyWhereItChanged) {
  CHELA_WANT_PEER(std::system("/usr/bin/python3 --version >/dev/null 2>&1") == 0,
                  "install python3");
  write("team.ics", in_file(event("talk", "DTSTART:20261127T091500Z\r\nDURATION:PT1H\r\n")));
  server_.emplace(
      std::vector<std::string>{"/usr/bin/python3", "-m", "http.server", std::to_string(port_),
                               "--bind", "127.0.0.1", "--directory", folder_},
      port_);
  ASSERT_TRUE(server_->is_up());
  path_ = "/team.ics";
  EXPECT_EQ(run(), (Titles{"in 15 min: talk"}));
  const std::string state = get_string(cursor_, "hash");
  EXPECT_EQ(run(), Titles{});
  EXPECT_EQ(get_string(cursor_, "hash"), state) << "304: nothing is read anew";
  const json::value headers = host_.http_requests.at(0).at("headers");
  EXPECT_NE(json::serialize(headers).find("if-modified-since"), std::string::npos);

  write("team.ics", in_file(event("talk", "DTSTART:20261127T111500Z\r\nDURATION:PT1H\r\n")));
  std::filesystem::last_write_time(
      folder_ + "/team.ics",
      std::filesystem::file_time_type::clock::now() + std::chrono::seconds(5));
  EXPECT_EQ(run(), (Titles{"moved: talk, from today 10:15-11:15 to today 12:15-13:15"}));
}

}  // namespace
}  // namespace check_calendar::test
