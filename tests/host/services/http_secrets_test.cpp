// Secrets go to the server and nowhere else; nothing that a caller writes can break out of its
// header.
#include "services/http_secrets.h"

#include <algorithm>

#include "http_support.h"

namespace chela::services {
namespace {

constexpr std::string_view kCanary = "canary/5d+41 402abc";
constexpr std::string_view kEncoded = "canary%2F5d%2B41%20402abc";

SecretLookup one_secret() {
  return [](std::string_view name) -> std::optional<std::string_view> {
    if (name == "API_KEY") return kCanary;
    if (name == "BROKEN") return "canary\r\nX-Evil: 1";
    return std::nullopt;
  };
}

bool is_told(const std::string& text) {
  return text.find("canary") != std::string::npos;
}

TEST(HttpSecrets, AreFilledIntoHeadersPathAndQuery) {
  const HttpStub server(always(HttpAnswer::whole(200, "well")));
  HttpDesk desk;
  HttpRequest request = post(server.url("/bot{{secret:API_KEY}}/send?key={{secret:API_KEY}}&x=1"),
                             "{{secret:API_KEY}}");
  request.headers = {{"Authorization", "Bearer {{secret:API_KEY}}, again {{secret:API_KEY}}"}};
  request.secrets = one_secret();
  const auto reply = desk.fetch(request);
  ASSERT_TRUE(reply) << reply.error().message;
  const HttpSeen seen = server.requests().at(0);
  const std::string canary(kCanary), encoded(kEncoded);
  EXPECT_EQ(seen.target, "/bot" + encoded + "/send?key=" + encoded + "&x=1");
  EXPECT_EQ(seen.field("authorization"), "Bearer " + canary + ", again " + canary);
  EXPECT_EQ(seen.body, "{{secret:API_KEY}}") << "the body was not asked for";
}

TEST(HttpSecrets, AreFilledIntoTheBodyWhereAsked) {
  const HttpStub server(always(HttpAnswer::whole(200, "well")));
  HttpDesk desk;
  HttpRequest request = post(server.url(), "token={{secret:API_KEY}}");
  request.fills_body = true;
  request.secrets = one_secret();
  ASSERT_TRUE(desk.fetch(request));
  EXPECT_EQ(server.requests().at(0).body, "token=" + std::string(kCanary));
}

TEST(HttpSecrets, ABadRequestIsRefusedBeforeAnythingIsSent) {
  const HttpStub server(always(HttpAnswer::whole(200, "well")));
  const std::string host = "127.0.0.1:" + std::to_string(server.port());
  const std::string nul("a\0b", 3);
  const struct {
    const char* name;
    const char* method;
    std::string url;
    std::string header, value;
    std::string body;
    const char* words;
  } cases[] = {
      {"an unknown secret", "GET", "", "X-Key", "{{secret:OTHER}}", "", "no secret 'OTHER'"},
      {"an unknown secret in the query", "GET", "http://" + host + "/?k={{secret:OTHER}}", "X", "",
       "", "no secret 'OTHER'"},
      {"a placeholder without end", "GET", "", "X-Key", "{{secret:API_KEY", "", "{{secret:NAME}}"},
      {"a placeholder without name", "GET", "", "X-Key", "{{secret:}}", "", "{{secret:NAME}}"},
      {"a secret as the host", "GET", "http://{{secret:API_KEY}}/", "X", "", "", "url"},
      {"a secret in the host", "GET", "http://{{secret:API_KEY}}." + host + "/", "X", "", "",
       "url"},
      {"a secret as password", "GET", "http://me:{{secret:API_KEY}}@" + host + "/", "X", "", "",
       "url"},
      {"a secret that breaks the line", "GET", "", "X-Key", "{{secret:BROKEN}}", "", "line break"},
      {"a line break in a value", "GET", "", "X-Key", "a\r\nX-Evil: 1", "", "line break"},
      {"a bare LF in a value", "GET", "", "X-Key", "a\nX-Evil: 1", "", "line break"},
      {"a bare CR in a value", "GET", "", "X-Key", "a\rX-Evil: 1", "", "line break"},
      {"a NUL in a value", "GET", "", "X-Key", nul, "", "line break"},
      {"a line break in a name", "GET", "", "X-Key: 1\r\nX-Evil", "1", "", "token"},
      {"a colon in a name", "GET", "", "X-Key:", "1", "", "token"},
      {"an empty name", "GET", "", "", "1", "", "token"},
      {"another host", "GET", "", "Host", "example.com", "", "client itself"},
      {"another length", "POST", "", "content-length", "3", "abcdef", "client itself"},
      {"another framing", "POST", "", "Transfer-Encoding", "chunked", "abc", "client itself"},
      {"a proxy's password", "GET", "", "Proxy-Authorization", "Basic eDp5", "", "client itself"},
      {"a line break in the URL", "GET", "http://" + host + "/\r\nX-Evil: 1", "X", "", "", "url"},
      {"a NUL in the URL", "GET", "http://" + host + "/" + nul, "X", "", "", "url"},
      {"a blank in the URL", "GET", "http://" + host + "/a b", "X", "", "", "url"},
      {"a line break in the method", "GET / HTTP/1.1\r\nX-Evil: 1\r\n\r\nGET", "", "X", "", "",
       "method"},
      {"CONNECT", "CONNECT", "", "X", "", "", "method"},
      {"a body for GET", "GET", "", "X", "", "abc", "body"},
      {"no scheme", "GET", host + "/", "X", "", "", "url"},
      {"another scheme", "GET", "ftp://" + host + "/", "X", "", "", "http or https"},
      {"a file", "GET", "file:///etc/passwd", "X", "", "", "url"},
      {"nothing", "GET", "http://", "X", "", "", "url"},
      {"plain http over the network", "GET", "http://192.0.2.1/", "X", "", "", "plain http"},
      {"plain http to a name that only looks local", "GET", "http://127.0.0.1.example.com/", "X",
       "", "", "plain http"},
      {"plain http to a name", "GET", "http://localhost.example.com/", "X", "", "", "plain http"},
  };
  HttpDesk desk;
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    HttpRequest request = post(c.url.empty() ? server.url() : c.url, c.body);
    request.method = c.method;
    request.headers = {{c.header, c.value}};
    request.secrets = one_secret();
    const auto reply = desk.fetch(request);
    if (reply) {
      ADD_FAILURE() << "answered";
      continue;
    }
    EXPECT_EQ(to_string(reply.error().kind), std::string("bad_request")) << reply.error().message;
    const bool is_missing = std::string(c.words).rfind("no secret", 0) == 0;
    EXPECT_EQ(reply.error().code, is_missing ? ErrorCode::not_found : ErrorCode::invalid_argument);
    EXPECT_NE(reply.error().message.find(c.words), std::string::npos) << reply.error().message;
    EXPECT_FALSE(is_told(reply.error().message)) << reply.error().message;
    EXPECT_FALSE(reply.error().was_sent);
  }
  EXPECT_EQ(server.connections(), 0);
}

TEST(HttpSecrets, StandInNoErrorAndNoHead) {
  const std::string canary(kCanary), encoded(kEncoded);
  const HttpStub silent(always(HttpAnswer().stall()));
  const auto named = [](std::string kind, HttpAnswer answer) {
    return std::pair(std::move(kind), std::move(answer));
  };
  const std::pair<std::string, HttpAnswer> answers[] = {
      named("first_byte_timeout", HttpAnswer().stall()),
      named("cut", HttpAnswer::raw("HTTP/1.1 200 OK\r\nX-Key: " + canary + "\r\n").close()),
      named("too_large", HttpAnswer::whole(200, std::string(5000, 'x'))),
      named("protocol", HttpAnswer::raw(canary + "\r\n").close()),
      named("protocol",
            HttpAnswer::raw("HTTP/1.1 200 OK\r\nContent-Length: " + canary + "\r\n\r\n").close()),
      named("protocol", HttpAnswer::whole(200, "x", {{"Content-Encoding", canary}})),
  };
  HttpDesk desk;
  for (const auto& [kind, answer] : answers) {
    SCOPED_TRACE(kind);
    const HttpStub server(always(answer));
    HttpRequest request = get(server.url("/{{secret:API_KEY}}?key={{secret:API_KEY}}"));
    request.headers = {{"X-Key", "{{secret:API_KEY}}"}};
    request.secrets = one_secret();
    request.max_body_bytes = 1000;
    request.deadlines.first_byte = 100ms;
    const auto reply = desk.fetch(request);
    ASSERT_FALSE(reply);
    EXPECT_EQ(to_string(reply.error().kind), kind) << reply.error().message;
    EXPECT_FALSE(is_told(reply.error().message)) << reply.error().message;
  }
  const HttpStub echo(always(HttpAnswer::whole(
      200, "well", {{"X-Echo", "you said " + canary}, {"Location", "/?key=" + encoded}})));
  HttpRequest request = get(echo.url());
  request.headers = {{"X-Key", "{{secret:API_KEY}}"}};
  request.secrets = one_secret();
  const auto reply = desk.fetch(request);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(find_header(reply->head.headers, "x-echo"), "you said {{secret:API_KEY}}");
  EXPECT_EQ(find_header(reply->head.headers, "location"), "/?key={{secret:API_KEY}}");
}

TEST(HttpSecrets, AWipedTextLeavesNothingBehind) {
  std::string text = "canary 0123456789 0123456789 0123456789";
  const char* memory = text.data();  // moved along, since it is too long for the object itself
  SecretText secret(std::move(text));
  ASSERT_EQ(secret.text().data(), memory);
  secret.wipe();
  EXPECT_EQ(secret.text(), "");
  EXPECT_EQ(std::string(secret.text().data(), 6), std::string(6, '\0'));
}

TEST(HttpSecrets, ScrubbingPutsThePlaceholderBack) {
  UsedSecrets used;
  used.add("KEY", kCanary);
  used.add("PIN", "abc");  // too short to be taken out of ordinary text
  const std::string canary(kCanary), encoded(kEncoded);
  EXPECT_EQ(used.scrub("a " + canary + " b " + encoded + canary + " abc"),
            "a {{secret:KEY}} b {{secret:KEY}}{{secret:KEY}} abc");
  EXPECT_EQ(used.scrub(""), "");
}

}  // namespace
}  // namespace chela::services
