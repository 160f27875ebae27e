// check.http against a host that plays the web: the fixture folders, runs that are out of time, and
// who is to blame where nobody answers.
#include <chela/testing/fixtures.h>

#include <map>
#include <set>

#include "judge.h"

namespace json = chela::json;
using chela::testing::FakeHost;
using chela::testing::OpenedPlugin;

TEST(HttpFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_check_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 25);
}

namespace {

using Seconds = std::chrono::seconds;

std::vector<std::string> keys(const json::value& report) {
  std::vector<std::string> all;
  for (const auto& one : report.at("findings").as_array())
    all.push_back(chela::get_string(one, "key"));
  return all;
}

// Runs check.http over targets that each behave as told, one run after the other.
class Http : public ::testing::Test {
 protected:
  struct Behaviour {
    chela::Duration takes{0};  // before it answers; more than the timeout: it hangs
    int status = 200;
    std::string error{};  // in place of an answer: UNAVAILABLE, at once
  };
  using Behaviours = std::vector<std::pair<std::string, Behaviour>>;

  static constexpr chela::Duration kNever = std::chrono::hours(1);

  void open(const Behaviours& all) {
    json::array targets;
    for (const auto& [url, behaviour] : all) {
      behaviours[url] = behaviour;
      targets.push_back(json::object{{"url", url}});
    }
    host.http_handler = [this](const json::value& request, const std::string&) {
      return answer(request);
    };
    auto opened = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host,
                                     json::object{{"targets", targets}});
    ASSERT_TRUE(opened) << opened.error().message;
    plugin = std::move(*opened);
  }

  chela::Result<chela::FetchReply> answer(const json::value& request) {
    const auto url = chela::get_string(request, "url");
    const auto timeout = chela::Duration(chela::get_int(request, "timeout_ms"));
    EXPECT_GE(timeout, Seconds(1)) << url;
    asked.push_back(url);
    const Behaviour& behaviour = behaviours[url];
    if (!behaviour.error.empty())
      return chela::fail(chela::ErrorCode::unavailable, behaviour.error);
    host.now += std::min(timeout, behaviour.takes);
    if (behaviour.takes > timeout)
      return chela::fail(chela::ErrorCode::deadline_exceeded, "no answer in time");
    chela::FetchReply reply;
    reply.status = behaviour.status;
    return reply;
  }

  chela::Result<json::value> run() {
    asked.clear();
    const auto begin = host.now;
    auto report = plugin->call("run", json::object{{"cursor", cursor}});
    EXPECT_LE(host.now - begin, Seconds(25));
    if (report) cursor = report->at("cursor");
    return report;
  }
  // Of a run that could tell.
  std::vector<std::string> found() {
    const auto report = run();
    EXPECT_TRUE(report) << report.error().message;
    return report ? keys(*report) : std::vector<std::string>{};
  }

  static std::string site(int i) { return "https://s" + std::to_string(i) + ".example.org/"; }
  // `dead` that hang, then others that answer.
  static Behaviours sites(int dead, int others) {
    Behaviours all;
    for (int i = 0; i < dead + others; ++i)
      all.emplace_back(site(i), Behaviour{i < dead ? kNever : chela::Duration(10), 200, ""});
    return all;
  }

  FakeHost host;
  std::map<std::string, Behaviour> behaviours;
  std::vector<std::string> asked;
  json::value cursor;
  std::unique_ptr<OpenedPlugin> plugin;
};

TEST_F(Http, HostsThatHangInFrontDoNotHideTheOthers) {
  auto all = sites(3, 2);
  all[3].second.status = all[4].second.status = 500;
  open(all);
  EXPECT_EQ(found(), (std::vector<std::string>{"target:s0.example.org", "target:s3.example.org",
                                               "target:s4.example.org"}));
  EXPECT_EQ(found().size(), 4u) << "the second one comes first, and has its whole time";
  EXPECT_EQ(asked.front(), site(1));
  EXPECT_EQ(found().size(), 5u);
  for (auto& [url, behaviour] : behaviours) behaviour = Behaviour{};
  const auto healed = run();
  ASSERT_TRUE(healed);
  EXPECT_TRUE(keys(*healed).empty());
  EXPECT_EQ(chela::get_string(*healed, "summary"), "5 fine");
}

TEST_F(Http, EachOneThatHangsIsFoundInTheEndHoweverManyThereAre) {
  open(sites(25, 5));
  std::vector<std::string> last;
  for (int i = 0; i < 30; ++i) last = found();
  ASSERT_EQ(last.size(), 25u);
  for (int i = 0; i < 25; ++i)
    EXPECT_EQ(last[static_cast<std::size_t>(i)], "target:s" + std::to_string(i) + ".example.org");
}

TEST_F(Http, OneThatIsSlowIsNotTakenForDeadWhereManyAreAsked) {
  auto all = sites(0, 30);
  for (const int slow : {0, 7, 8, 29})
    all[static_cast<std::size_t>(slow)].second.takes = std::chrono::milliseconds(2500);
  open(all);
  const auto report = run();
  ASSERT_TRUE(report);
  EXPECT_TRUE(keys(*report).empty());
  EXPECT_EQ(chela::get_string(*report, "summary"), "30 fine");
}

TEST_F(Http, KeepsTheStateOfWhomItHadNoTimeToJudge) {
  auto all = sites(0, 3);
  all[2].second.status = 503;
  open(all);
  EXPECT_EQ(found(), std::vector<std::string>{"target:s2.example.org"});
  for (auto& [url, behaviour] : behaviours) behaviour.takes = kNever;
  behaviours[site(0)].takes = chela::Duration(0);
  host.http_handler = [this](const json::value& request, const std::string&) {
    if (chela::get_string(request, "url") == site(0)) host.now += Seconds(9);
    return answer(request);
  };
  EXPECT_EQ(found(), std::vector<std::string>{"target:s2.example.org"}) << "8 s are no verdict";
}

TEST_F(Http, EndsWithinItsTimeHoweverManyHangAndBlamesNone) {
  open(sites(30, 0));
  EXPECT_EQ(found(), std::vector<std::string>{}) << "half of them may be dead, or we are offline";
  std::set<std::string> all(asked.begin(), asked.end());
  EXPECT_EQ(found(), std::vector<std::string>{"offline"});
  all.insert(asked.begin(), asked.end());
  EXPECT_EQ(all.size(), 30u) << "the second run goes on where the first one ended";
  EXPECT_EQ(found(), std::vector<std::string>{"offline"});
  for (auto& [url, behaviour] : behaviours) behaviour = Behaviour{};
  EXPECT_EQ(found(), std::vector<std::string>{});
}

// Two targets that do not answer: is each of them told of, or is this machine taken for offline?
TEST_F(Http, TellsAHostThatIsDownFromAMachineThatIsOffline) {
  const Behaviour refuses{chela::Duration(0), 0, "x: cannot connect: Connection refused"};
  const Behaviour no_way{chela::Duration(0), 0, "x: cannot connect: Network is unreachable"};
  const Behaviour no_name{chela::Duration(0), 0, "x: its name has no address"};
  const Behaviour hangs{kNever, 0, ""};
  const struct {
    const char* name;
    Behaviours targets;
    bool is_offline;
  } cases[] = {
      {"two hosts without an address",
       {{"http://a.example.org/", no_name}, {"http://b.example.org/", no_name}},
       true},
      {"no way to two hosts",
       {{"http://a.example.org/", no_way}, {"http://b.example.org/", hangs}},
       true},
      {"two ports of one host", {{"http://nas:80/", hangs}, {"http://NAS:9000/", no_way}}, false},
      {"two ports of one address",
       {{"http://[fd00::1]/", hangs}, {"http://[FD00::1]:81/", no_way}},
       false},
      {"both refuse: they are there",
       {{"http://a.example.org/", refuses}, {"http://b.example.org/", refuses}},
       false},
      {"one refuses",
       {{"http://a.example.org/", refuses}, {"http://b.example.org/", hangs}},
       false},
      {"this machine",
       {{"http://127.0.0.1:8080/", hangs}, {"http://a.example.org/", no_way}},
       false},
      {"this machine by IPv6",
       {{"http://[::1]:8080/", hangs}, {"http://a.example.org/", no_way}},
       false},
      {"this machine by name",
       {{"http://a.example.org/", no_way}, {"http://LocalHost:3000/", hangs}},
       false},
      {"only looks like this machine",
       {{"http://127.example.org/", no_way}, {"http://a.example.org/", no_way}},
       true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    cursor = json::value();
    open(c.targets);
    const auto report = run();
    EXPECT_EQ(report.has_value(), !c.is_offline);
    if (report) {
      EXPECT_EQ(keys(*report).size(), 2u);
    } else {
      EXPECT_EQ(report.error().code, chela::ErrorCode::unavailable);
    }
  }
}

TEST(HttpSettings, ShowsNoPasswordOfAnAddressThatItRefuses) {
  for (const char* url :
       {"http://u:pa55word@127.0.0.1:18080/ok", "http://u:pa55 word@127.0.0.1/",
        "http://@u:pa55word@h", "ftp://u:pa55word@h/", "u:pa55word@h", "http://u:pa55\u00fcword@h/",
        "http://u:pa55/word@h/{{", "HTTP://u:pa55word@h/"}) {
    SCOPED_TRACE(url);
    FakeHost host;
    const auto opened =
        OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host,
                           json::object{{"targets", json::array{json::object{{"url", url}}}}});
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, chela::ErrorCode::invalid_argument);
    EXPECT_EQ(opened.error().message.find("pa55"), std::string::npos) << opened.error().message;
  }
}

TEST(Judge, TellsTheWaysOfNotAnsweringApart) {
  using chela::ErrorCode;
  const struct {
    ErrorCode code;
    const char* message;
    const char* title;
  } cases[] = {
      {ErrorCode::unavailable, "cannot connect: Connection refused", "refuses connections"},
      {ErrorCode::unavailable, "its name has no address: Could not resolve host: nas",
       "does not answer: its name has no address"},
      {ErrorCode::unavailable, "the proxy's name has no address", "does not answer"},
      {ErrorCode::unavailable, "cannot connect: Network is unreachable", "does not answer"},
      {ErrorCode::deadline_exceeded, "no connection in time", "does not answer in time"},
      {ErrorCode::failed_precondition,
       "TLS: OpenSSL/3.0.19: error:0A00010B:SSL routines::wrong version number",
       "speaks no TLS there; is it http://?"},
      {ErrorCode::failed_precondition,
       "TLS: TLS connect error: error:0A0000C6:SSL routines::packet length too long",
       "speaks no TLS there; is it http://?"},
      {ErrorCode::failed_precondition, "TLS: GnuTLS: An unexpected TLS packet was received.",
       "speaks no TLS there; is it http://?"},
      {ErrorCode::failed_precondition, "TLS: SSL certificate problem: certificate has expired",
       "has a certificate that does not hold"},
      {ErrorCode::failed_precondition,
       "TLS: SSL: no alternative certificate subject name matches target host name 'nas'",
       "has a certificate that does not hold"},
      {ErrorCode::failed_precondition,
       "TLS: OpenSSL/3.0.19: error:0A00042E:SSL routines::tlsv1 alert protocol version",
       "agrees on no TLS"},
      {ErrorCode::failed_precondition, "there is no libcurl here", "does not answer"},
  };
  check_http::Target target;
  target.url = "https://nas/certificate";
  target.name = "nas";
  for (const auto& c : cases) {
    SCOPED_TRACE(c.message);
    const auto outcome = chela::fail(c.code, "GET " + target.url + ": " + c.message);
    const auto findings = check_http::judge(target, outcome, chela::Timestamp(), 3);
    ASSERT_EQ(findings.size(), 1u);
    EXPECT_EQ(chela::get_string(findings[0].value(), "key"), "target:nas");
    EXPECT_EQ(chela::get_string(findings[0].value(), "title"), std::string("nas ") + c.title);
  }
}

}  // namespace
