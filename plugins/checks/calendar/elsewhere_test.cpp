// Servers that lead to other servers: by a redirect, or by what they say of the user's calendars.
#include <chela/testing/opened_plugin.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "address.h"
#include "civil.h"

namespace check_calendar {
namespace {

namespace json = chela::json;
using chela::ErrorCode;
using chela::get_string;
using chela::testing::FakeHost;
using chela::testing::OpenedPlugin;

TEST(IsAt, ComparesSchemeHostAndPort) {
  const struct {
    const char *address, *servers;
    bool is_at;
  } cases[] = {
      {"https://dav.example.org/a", "https://dav.example.org", true},
      {"https://DAV.example.org:443/a", "https://dav.example.org/", true},
      {"http://127.0.0.1:80/", "http://127.0.0.1", true},
      {"https://[::1]:443/", "https://[::1]", true},
      {"https://dav.example.org:8443/a", "https://dav.example.org", false},
      {"http://dav.example.org/a", "https://dav.example.org", false},
      {"http://localhost:8080/", "http://127.0.0.1:8080", false},
      {"https://p1.example.org/", "https://*.example.org", true},
      {"https://p1.example.org:443/", "https://*.EXAMPLE.org", true},
      {"https://example.org/", "https://*.example.org", false},
      {"https://evilexample.org/", "https://*.example.org", false},
      {"https://p1.example.org.evil.example/", "https://*.example.org", false},
      {"https://p1.example.org:8443/", "https://*.example.org", false},
      {"http://p1.example.org/", "https://*.example.org", false},
      {"https://evil.example\\.example.org/", "https://*.example.org", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.address) + " at " + c.servers);
    const auto address = parse_address(c.address);
    ASSERT_TRUE(address.has_value());
    EXPECT_TRUE(check_servers(c.servers).has_value());
    EXPECT_EQ(is_at(*address, c.servers), c.is_at);
  }
  for (const char* servers : {"dav.example.org", "https://", "https://a@b.example.org",
                              "https://dav.example.org/path", "https://*.*.org", "ftp://a.org"})
    EXPECT_FALSE(check_servers(servers).has_value()) << servers;
}

// Where one server leads to the other.
enum class Way { redirect, principal, home, calendar };

class Elsewhere : public ::testing::Test {
 protected:
  Elsewhere() {
    host_.now = chela::Timestamp(std::chrono::seconds(*parse_basic_time("20261127T090000")));
    host_.http_handler = [this](const json::value& request,
                                const std::string& body) -> chela::Result<chela::FetchReply> {
      return answer(get_string(request, "url"), body);
    };
  }

  static std::string item(const std::string& href, const std::string& properties) {
    return "<d:multistatus xmlns:d=\"DAV:\" xmlns:c=\"urn:ietf:params:xml:ns:caldav\"><d:response>"
           "<d:href>" +
           href + "</d:href><d:propstat><d:prop>" + properties +
           "</d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat></d:response>"
           "</d:multistatus>";
  }
  std::string at(Way way) const { return way_ == way ? other_ : ""; }

  // Both servers say the same; only the first one leads away.
  chela::FetchReply answer(const std::string& url, const std::string& body) {
    const auto path_at = url.find('/', url.find("://") + 3);
    origins_.insert(url.substr(0, path_at));
    const std::string path = url.substr(path_at);
    chela::FetchReply reply;
    reply.status = 207;
    const auto href = [](const std::string& to) { return "<d:href>" + to + "</d:href>"; };
    if (path == "/.well-known/caldav") {
      reply.status = way_ == Way::redirect ? 301 : 404;
      reply.headers = {{"location", other_ + "/"}};
    } else if (path == "/" && way_ == Way::redirect && url.starts_with(first_)) {
      reply.status = 404;
    } else if (path == "/") {
      reply.body = item("/", "<d:current-user-principal>" + href(at(Way::principal) + "/ana/") +
                                 "</d:current-user-principal>");
    } else if (path == "/ana/") {
      reply.body = item("/ana/", "<c:calendar-home-set>" + href(at(Way::home) + "/home/") +
                                     "</c:calendar-home-set>");
    } else if (path == "/home/") {
      reply.body = item(at(Way::calendar) + "/home/cal/",
                        "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>");
    } else if (body.find("calendar-query") != std::string::npos) {
      reply.body = item("/home/cal/a",
                        "<c:calendar-data>BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nSUMMARY:a\n"
                        "DTSTART:20261127T091500Z\nEND:VEVENT\nEND:VCALENDAR\n</c:calendar-data>");
    } else {
      reply.status = 405;
    }
    return reply;
  }

  chela::Result<json::value> run(json::array hosts = {}) {
    origins_.clear();
    const json::object config{{"url", first_ + "/"},
                              {"timezone", "UTC"},
                              {"login", "basic"},
                              {"user", "ana"},
                              {"hosts", std::move(hosts)}};
    auto plugin = OpenedPlugin::open(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR, host_, config);
    if (!plugin) return chela::fail(plugin.error());
    return (*plugin)->call("run", json::object{});
  }

  FakeHost host_;
  std::string first_ = "https://dav.example.org", other_ = "https://evil.example";
  Way way_ = Way::redirect;
  std::set<std::string> origins_;  // that were asked
};

TEST_F(Elsewhere, IsGoneToOnlyWhereHostsNamesIt) {
  const struct {
    const char *name, *first, *other, *shown, *hosts;
  } servers[] = {
      {"another host", "https://dav.example.org", "https://evil.example", "'https: //evil.example'",
       "https://evil.example"},
      {"a host below", "https://dav.example.org", "https://p1.evil.example",
       "'https: //p1.evil.example'", "https://*.evil.example"},
      {"another name of this machine", "http://127.0.0.1:8080", "http://localhost:8080",
       "'http: //localhost:8080'", "http://localhost:8080"},
      {"another port", "http://127.0.0.1:8080", "http://127.0.0.1:8081", "'http: //127.0.0.1:8081'",
       "http://127.0.0.1:8081"},
      {"http to https", "http://dav.example.org", "https://dav.example.org",
       "'https: //dav.example.org'", "https://dav.example.org"},
  };
  for (const auto& c : servers) {
    for (const Way way : {Way::redirect, Way::principal, Way::home, Way::calendar}) {
      SCOPED_TRACE(std::string(c.name) + " " + std::to_string(static_cast<int>(way)));
      first_ = c.first;
      other_ = c.other;
      way_ = way;
      const auto refused = run();
      ASSERT_FALSE(refused.has_value());
      EXPECT_EQ(refused.error().code, ErrorCode::permission_denied);
      EXPECT_EQ(refused.error().message,
                first_ + ": this server leads to another one, " + c.shown +
                    ", and nothing was sent there. Only where you trust that one with the login, "
                    "add it to `hosts` in the config and to allow.http in the manifest of this "
                    "check");
      EXPECT_EQ(origins_, std::set<std::string>{first_});
      const auto named = run({c.hosts});
      ASSERT_TRUE(named.has_value()) << named.error().message;
      EXPECT_EQ(get_string(named->at("findings").at(0), "title"), "in 15 min: a");
      EXPECT_EQ(origins_, (std::set<std::string>{first_, other_}));
    }
  }
}

TEST_F(Elsewhere, IsNeverGoneToFromHttpsToHttp) {
  for (const char* other : {"http://dav.example.org", "http://evil.example"}) {
    for (const Way way : {Way::redirect, Way::principal, Way::home, Way::calendar}) {
      SCOPED_TRACE(std::string(other) + " " + std::to_string(static_cast<int>(way)));
      other_ = other;
      way_ = way;
      const auto refused = run({other});
      ASSERT_FALSE(refused.has_value());
      EXPECT_EQ(refused.error().code, ErrorCode::failed_precondition);
      EXPECT_NE(refused.error().message.find("from https to http"), std::string::npos)
          << refused.error().message;
      EXPECT_EQ(origins_, std::set<std::string>{first_});
    }
  }
}

TEST_F(Elsewhere, IsNoPlaceWhereTheAddressIsNone) {
  other_ = "javascript://\x1b[31m";
  way_ = Way::redirect;
  const auto refused = run();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().message.find('\x1b'), std::string::npos);
}

TEST_F(Elsewhere, IsRefusedInTheConfigWhereItIsNoServer) {
  const auto refused = run({"evil.example"});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  EXPECT_TRUE(refused.error().message.starts_with("hosts: wanted scheme and host"));
}

}  // namespace
}  // namespace check_calendar
