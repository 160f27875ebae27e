// Somebody's calendars through the built chela: a file behind a secret address, and a Radicale
// with a password.
#include <atomic>
#include <ctime>
#include <mutex>

#include "../../plugins/checks/calendar/real_server.h"
#include "story.h"
#include "support/http_stub.h"
#include "support/real_peers.h"

namespace chela::test {
namespace {

using check_calendar::test::exchange;
using check_calendar::test::free_port;
using check_calendar::test::ServerProcess;

// Has the form of a secret address, is none.
constexpr const char* kCanary = "private-CANARY5d1f8e7c3b2a";

// "20261128T140000Z", so many hours from now.
std::string hours_from_now(int hours) {
  const std::time_t time = std::time(nullptr) + hours * 3600;
  std::tm parts{};
  gmtime_r(&time, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y%m%dT%H%M%SZ", &parts);
  return text;
}

std::string event(const std::string& name, int hours) {
  return "BEGIN:VEVENT\r\nUID:" + name + "\r\nDTSTAMP:20261101T000000Z\r\nSUMMARY:" + name +
         "\r\nDTSTART:" + hours_from_now(hours) + "\r\nDURATION:PT1H\r\nEND:VEVENT\r\n";
}
std::string in_file(const std::string& events) {
  return "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example.org//test//EN\r\n" + events +
         "END:VCALENDAR\r\n";
}

class Calendar : public ::testing::Test {
 protected:
  void SetUp() override { desk_.without_builtins(); }

  void watch(const std::string& origin, const std::string& secrets, const std::string& config) {
    spill(desk_.manifest("checks", "calendar"),
          "id: calendar\nplugin: check.calendar\nevery: 1s\ndeadline: 30s\nallow:\n  http: [\"" +
              origin + "\"]\n  read: [/usr/share/zoneinfo]\nsecrets: {" + secrets + "}\nconfig: {" +
              config + ", timezone: Europe/Berlin, horizon: 96h}\n");
  }
  Outcome tick() const { return desk_.chela({"tick", "--check", "calendar"}); }

  void expect_nowhere(const std::string& secret, const Outcome& outcome) const {
    EXPECT_EQ(outcome.out.find(secret), std::string::npos) << outcome.out;
    EXPECT_EQ(outcome.err.find(secret), std::string::npos) << outcome.err;
    std::size_t files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(desk_.root())) {
      if (!entry.is_regular_file()) continue;
      ++files;
      EXPECT_EQ(slurp(entry.path()).find(secret), std::string::npos) << entry.path();
    }
    EXPECT_GT(files, 2u);
  }

  Desk desk_;
};

TEST_F(Calendar, BehindASecretAddressIsFollowedAndTheAddressIsWrittenNowhere) {
  std::mutex mutex;
  std::string file = in_file(event("standup", 5));  // guarded by mutex
  std::atomic<int> status{200};
  HttpStub server([&](const HttpSeen&) {
    const std::lock_guard lock(mutex);
    return status == 200 ? HttpAnswer::whole(200, file, {{"Content-Type", "text/calendar"}})
                         : HttpAnswer::whole(status, "no");
  });
  std::string origin = server.url();
  origin.pop_back();
  desk_.env["CALENDAR_ADDRESS"] = server.url("/ical/" + std::string(kCanary) + "/basic.ics");
  watch(origin, "address: env:CALENDAR_ADDRESS", "url: \"{{secret:address}}\"");
  Outcome beat = tick();
  EXPECT_EQ(beat.exit_code, 0) << beat.out << beat.err;
  ASSERT_GE(server.requests().size(), 1u) << beat.out << beat.err;
  EXPECT_EQ(server.requests()[0].target, "/ical/" + std::string(kCanary) + "/basic.ics");
  {
    const std::lock_guard lock(mutex);
    file = in_file(event("standup", 5) + event("dentist", 8));
  }
  beat = tick();
  EXPECT_NE(beat.out.find("new: dentist, "), std::string::npos) << beat.out << beat.err;
  expect_nowhere(kCanary, beat);

  const Outcome page = desk_.chela({"brief"});
  EXPECT_NE(page.out.find("standup"), std::string::npos) << page.out;
  expect_nowhere(kCanary, page);

  status = 401;
  beat = tick();
  const std::string all = beat.out + beat.err;
  EXPECT_NE(all.find("401"), std::string::npos) << all;
  expect_nowhere(kCanary, beat);
  status = 404;
  expect_nowhere(kCanary, tick());
  expect_nowhere(kCanary, desk_.chela({"status"}));
}

// A Radicale for ana, whose password is "right".
class Radicale {
 public:
  explicit Radicale(const fs::path& folder) : port_(free_port()) {
    spill(folder / "users", "ana:right\n");
    spill(folder / "config",
          "[server]\nhosts = 127.0.0.1:" + std::to_string(port_) +
              "\n[auth]\ntype = htpasswd\nhtpasswd_filename = " + (folder / "users").string() +
              "\nhtpasswd_encryption = plain\ndelay = 0\n[storage]\nfilesystem_folder = " +
              (folder / "data").string() + "\n");
    server_.emplace(std::vector<std::string>{"/usr/bin/python3", "-m", "radicale", "--config",
                                             (folder / "config").string()},
                    port_);
  }
  bool is_up() const { return server_->is_up(); }
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int send(const std::string& method, const std::string& path, const std::string& body) const {
    const auto reply =
        exchange(port_, method, path,
                 {{"content-type", method == "PUT" ? "text/calendar" : "application/xml"},
                  {"authorization", "Basic " + check_calendar::test::base64("ana:right")}},
                 body);
    return reply ? reply->status : 0;
  }

 private:
  int port_;
  std::optional<ServerProcess> server_;
};

TEST_F(Calendar, OfARadicaleIsFollowedAndAWrongPasswordIsWrittenNowhere) {
  CHELA_WANT_PEER(std::system("/usr/bin/python3 -c 'import radicale' 2>/dev/null") == 0,
                  "python3-radicale is not installed");
  const Desk other;  // its folder goes with it
  const Radicale server(other.root());
  ASSERT_TRUE(server.is_up());
  ASSERT_EQ(server.send("MKCALENDAR", "/ana/work/",
                        "<?xml version=\"1.0\"?><c:mkcalendar xmlns:d=\"DAV:\" "
                        "xmlns:c=\"urn:ietf:params:xml:ns:caldav\"><d:set><d:prop><d:displayname>"
                        "work</d:displayname></d:prop></d:set></c:mkcalendar>"),
            201);
  ASSERT_EQ(server.send("PUT", "/ana/work/review.ics", in_file(event("review", 5))), 201);

  watch(server.origin(), "password: env:CALENDAR_PASSWORD",
        "url: \"" + server.origin() + "/\", login: basic, user: ana");
  desk_.env["CALENDAR_PASSWORD"] = kCanary;
  const Outcome refused = tick();
  const std::string all = refused.out + refused.err;
  EXPECT_NE(all.find("the login is refused"), std::string::npos) << all;
  EXPECT_NE(all.find("401"), std::string::npos) << all;
  expect_nowhere(kCanary, refused);
  expect_nowhere(check_calendar::test::base64("ana:" + std::string(kCanary)), refused);

  desk_.env["CALENDAR_PASSWORD"] = "right";
  const Outcome first = tick();
  EXPECT_EQ(first.exit_code, 0) << first.out << first.err;
  ASSERT_EQ(server.send("PUT", "/ana/work/party.ics", in_file(event("party", 8))), 201);
  const Outcome beat = tick();
  EXPECT_NE(beat.out.find("new: party, "), std::string::npos) << beat.out << beat.err;
  EXPECT_EQ(tick().out.find("party"), std::string::npos) << "told once";
  const Outcome page = desk_.chela({"brief"});
  EXPECT_NE(page.out.find("review (work)"), std::string::npos) << page.out;
}

}  // namespace
}  // namespace chela::test
