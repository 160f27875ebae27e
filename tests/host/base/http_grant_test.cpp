// What a grant for HTTP covers, and what it does not let itself be talked into.
#include "base/http_grant.h"

#include <gtest/gtest.h>

#include "base/mail_server.h"

namespace chela::base {
namespace {

Origin at(const char* url) {
  return parse_origin(url).value();
}

TEST(HttpGrant, CoversServerMethodAndPath) {
  const HttpGrant all("https://api.example.org");
  const HttpGrant narrow("https://api.example.org", {"GET"}, {"/v1/status", "/v2/*"});
  const HttpGrant below("https://*.example.org");
  const HttpGrant local("http://127.0.0.1:8080");
  const struct {
    const char* name;
    const HttpGrant& grant;
    const char* method;
    const char* url;
    const char* path;
    bool covered;
  } cases[] = {
      {"anything there", all, "POST", "https://api.example.org", "/x", true},
      {"host in capitals", all, "GET", "https://API.example.org", "/x", true},
      {"the usual port, written", all, "GET", "https://api.example.org:443", "/", true},
      {"another port", all, "GET", "https://api.example.org:444", "/", false},
      {"without TLS", all, "GET", "http://api.example.org", "/", false},
      {"another host", all, "GET", "https://api.example.org.evil.test", "/", false},
      {"a path as it is", narrow, "GET", "https://api.example.org", "/v1/status", true},
      {"a longer path", narrow, "GET", "https://api.example.org", "/v1/status/x", false},
      {"below a beginning", narrow, "GET", "https://api.example.org", "/v2/a/b", true},
      {"another method", narrow, "POST", "https://api.example.org", "/v1/status", false},
      {"up again", narrow, "GET", "https://api.example.org", "/v2/../orders", false},
      {"up again, at the end", narrow, "GET", "https://api.example.org", "/v2/..", false},
      {"up again, encoded", narrow, "GET", "https://api.example.org", "/v2/%2e%2E/orders", false},
      {"a slash, encoded", narrow, "GET", "https://api.example.org", "/v2/..%2forders", false},
      {"up again, doubly encoded", narrow, "GET", "https://api.example.org", "/v2/%252e%252e/x",
       false},
      {"up again, with a parameter", narrow, "GET", "https://api.example.org", "/v2/..;/x", false},
      {"a backslash", narrow, "GET", "https://api.example.org", "/v2/..\\orders", false},
      {"a host below", below, "GET", "https://p42.example.org", "/", true},
      {"two below", below, "GET", "https://a.b.example.org", "/", true},
      {"not the name itself", below, "GET", "https://example.org", "/", false},
      {"not one that ends like it", below, "GET", "https://badexample.org", "/", false},
      {"loopback", local, "GET", "http://127.0.0.1:8080", "/", true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(covers(c.grant, c.method, at(c.url), c.path), c.covered);
  }
}

TEST(HttpGrant, CoversAnotherGrantOnlyWhole) {
  const HttpGrant all("https://x.example");
  const HttpGrant get("https://x.example", {"GET"});
  const HttpGrant paths("https://x.example", {"GET", "HEAD"}, {"/v1/*"});
  const HttpGrant below("https://*.x.example");
  EXPECT_TRUE(covers(all, get));
  EXPECT_TRUE(covers(all, paths));
  EXPECT_FALSE(covers(get, all));
  EXPECT_FALSE(covers(get, paths)) << "HEAD";
  EXPECT_TRUE(covers(paths, HttpGrant("https://x.example", {"GET"}, {"/v1/a", "/v1/b*"})));
  EXPECT_FALSE(covers(paths, HttpGrant("https://x.example", {"GET"}, {"/v2/a"})));
  EXPECT_FALSE(covers(paths, get)) << "all paths";
  EXPECT_TRUE(covers(below, HttpGrant("https://a.x.example")));
  EXPECT_TRUE(covers(below, HttpGrant("https://*.a.x.example")));
  EXPECT_FALSE(covers(below, all));
  EXPECT_FALSE(covers(all, below));
}

TEST(HttpGrant, SaysWhatIsWrongWithIt) {
  EXPECT_EQ(wrong_with(HttpGrant("https://x.example", {"GET"}, {"/v1/*"})), "");
  EXPECT_NE(wrong_with("ftp://x.example"), "");
  EXPECT_NE(wrong_with("https://*.org"), "") << "half the world";
  EXPECT_NE(wrong_with("https://*"), "");
  EXPECT_NE(wrong_with("https://user@x.example"), "");
  EXPECT_NE(wrong_with(HttpGrant("https://x.example", {"get"})), "");
  EXPECT_NE(wrong_with(HttpGrant("https://x.example", {}, {"v1"})), "");
  EXPECT_NE(wrong_with(HttpGrant("https://x.example", {}, {"/v*/x"})), "");
  EXPECT_NE(wrong_with(HttpGrant("https://x.example", {}, {"/a/../b"})), "");
  EXPECT_NE(wrong_with(HttpGrant("https://x.example", {}, {"/a?b=c"})), "");
}

TEST(MailServer, ReadsSchemeHostAndPort) {
  const struct {
    const char* text;
    const char* shown;
  } cases[] = {
      {"imaps://Mail.example.org", "imaps://mail.example.org:993"},
      {"imap://mail.example.org", "imap://mail.example.org:143"},
      {"smtps://mail.example.org", "smtps://mail.example.org:465"},
      {"smtp://mail.example.org:25", "smtp://mail.example.org:25"},
      {"imaps://[::1]:1993", "imaps://[::1]:1993"},
      {"imaps://[::1]", "imaps://[::1]:993"},
      {"imaps://mail.example.org:80", "imaps://mail.example.org:80"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto server = parse_mail_server(c.text);
    ASSERT_TRUE(server);
    EXPECT_EQ(to_string(*server), c.shown);
  }
  for (const char* text : {"https://mail.example.org", "imaps://", "imaps://user@mail.example.org",
                           "imaps://mail.example.org/INBOX", "imaps://mail.example.org:0",
                           "imaps://a b", "pop3s://mail.example.org", ""}) {
    EXPECT_FALSE(parse_mail_server(text)) << text;
  }
  EXPECT_TRUE(is_loopback(parse_mail_server("imap://127.0.0.1:1143").value()));
  EXPECT_FALSE(is_loopback(parse_mail_server("imap://127.0.0.1.example.org").value()));
}

}  // namespace
}  // namespace chela::base
