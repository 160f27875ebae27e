// Who an exchange trusts, and the way it takes there: certificates and proxies.
#include <stdlib.h>

#include <fstream>

#include "http_support.h"
#include "support.h"
#include "support/test_authority.h"

namespace chela::services {
namespace {

using test::Certificate;
using test::HttpStubOptions;
using test::TestAuthority;

HttpStubOptions with(Certificate certificate) {
  HttpStubOptions options;
  options.certificate = std::move(certificate);
  return options;
}

HttpSettings trusting(const TempFolder& folder, const TestAuthority& authority) {
  HttpSettings settings;
  settings.ca_file = folder.write("ca.pem", authority.pem());
  return settings;
}

const char* const kHere = "IP:127.0.0.1,DNS:localhost";

TEST(HttpTrust, OnlyAServerThatProvesItsNameIsTalkedTo) {
  const TempFolder folder;
  const TestAuthority ours, others;
  const struct {
    const char* name;
    const TestAuthority* issuer;
    const char* names;
    std::chrono::seconds valid_for;
    const TestAuthority* trusted;  // nullptr = the system's alone
    bool is_well;
  } cases[] = {
      {"known authority, right name", &ours, kHere, 1h, &ours, true},
      {"unknown authority", &others, kHere, 1h, &ours, false},
      {"the system knows no test authority", &ours, kHere, 1h, nullptr, false},
      {"another name", &ours, "DNS:example.com,IP:127.0.0.2", 1h, &ours, false},
      {"expired", &ours, kHere, -1h, &ours, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const HttpStub server(always(HttpAnswer::whole(200, "well")),
                          with(c.issuer->issue(c.names, c.valid_for)));
    HttpDesk desk(c.trusted == nullptr ? HttpSettings{} : trusting(folder, *c.trusted));
    const auto reply = desk.fetch(get(server.url()));
    ASSERT_EQ(reply.has_value(), c.is_well) << (reply ? reply->body : reply.error().message);
    if (c.is_well) continue;
    EXPECT_EQ(to_string(reply.error().kind), std::string("tls")) << reply.error().message;
    EXPECT_FALSE(reply.error().was_sent);
    EXPECT_TRUE(server.requests().empty());
  }
}

TEST(HttpTrust, AFileWithoutCertificatesIsNamed) {
  const TempFolder folder;
  const HttpStub server(always(HttpAnswer::whole(200, "well")));
  for (const auto& file : {folder.path("missing.pem"), folder.write("empty.pem", "nothing here")}) {
    HttpSettings settings;
    settings.ca_file = file;
    HttpDesk desk(settings);
    const auto reply = desk.fetch(get(server.url()));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().kind, HttpFailure::bad_request);
    EXPECT_NE(reply.error().message.find(file), std::string::npos) << reply.error().message;
  }
}

TEST(HttpTrust, OverTlsManyAtOnceAreServedAndConnectionsReused) {
  const TempFolder folder;
  const TestAuthority authority;
  std::atomic<int> arrived = 0;
  const HttpStub server(
      [&arrived](const HttpSeen&) {
        ++arrived;
        return HttpAnswer()
            .hold([&arrived] { return arrived >= 64; })
            .then(HttpAnswer::whole(200, "well"));
      },
      with(authority.issue(kHere)));
  HttpDesk desk(trusting(folder, authority));
  int done = 0;
  for (int i = 0; i < 64; ++i) {
    HttpRequest request = post(server.url(), "{}");
    asio::co_spawn(desk.loop, desk.client.fetch(std::move(request)),
                   [&](std::exception_ptr, HttpResult<HttpReply> reply) {
                     ++done;
                     ASSERT_TRUE(reply) << reply.error().message;
                     EXPECT_EQ(reply->body, "well");
                   });
  }
  while (done < 64) desk.loop.run_one();
  EXPECT_EQ(server.max_in_flight(), 64);
  const int connections = server.connections();
  ASSERT_TRUE(desk.fetch(get(server.url())));
  EXPECT_EQ(server.connections(), connections);
}

TEST(HttpTrust, OverTlsACutAnswerIsCut) {
  const TempFolder folder;
  const TestAuthority authority;
  const HttpAnswer answers[] = {
      HttpAnswer::sized(200, 10).send("01234").close(),
      HttpAnswer::chunked(200).chunk("01234").close(),
  };
  for (const auto& answer : answers) {
    const HttpStub server(always(answer), with(authority.issue(kHere)));
    HttpDesk desk(trusting(folder, authority));
    const auto reply = desk.fetch(get(server.url()));
    ASSERT_FALSE(reply) << reply->body;
    EXPECT_EQ(to_string(reply.error().kind), std::string("cut")) << reply.error().message;
  }
}

// Variables of the environment for the time of a test.
class Environment {
 public:
  explicit Environment(std::vector<std::pair<std::string, std::string>> variables)
      : variables_(std::move(variables)) {
    for (const auto& [name, value] : variables_) ::setenv(name.c_str(), value.c_str(), 1);
  }
  ~Environment() {
    for (const auto& [name, value] : variables_) ::unsetenv(name.c_str());
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::vector<std::pair<std::string, std::string>> variables_;
};

TEST(HttpProxy, PlainHttpGoesThroughTheOneOfTheEnvironment) {
  const HttpStub proxy(always(HttpAnswer::whole(200, "from the proxy")));
  const Environment environment({{"http_proxy", proxy.url()}});
  HttpDesk desk;
  HttpRequest request = get("http://provider.test:11434/api/tags");
  request.allows_plain_http = true;
  const auto reply = desk.fetch(request);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->body, "from the proxy");
  EXPECT_EQ(proxy.requests().at(0).target, "http://provider.test:11434/api/tags");
}

TEST(HttpProxy, HttpsGoesThroughATunnelThatSeesNoHeader) {
  const TempFolder folder;
  const TestAuthority authority;
  const HttpStub server(always(HttpAnswer::whole(200, "well")),
                        with(authority.issue("DNS:provider.test")));
  const HttpStub proxy(
      always(HttpAnswer::raw("HTTP/1.1 200 Connection established\r\n\r\n").tunnel(server.port())));
  const Environment environment({{"https_proxy", proxy.url()}});
  HttpDesk desk(trusting(folder, authority));
  HttpRequest request = get("https://provider.test/v1/models");
  request.headers = {{"Authorization", "Bearer canary"}};
  const auto reply = desk.fetch(request);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->head.status, 200);
  EXPECT_EQ(reply->body, "well");
  const HttpSeen connect = proxy.requests().at(0);
  EXPECT_EQ(connect.method, "CONNECT");
  EXPECT_EQ(connect.target, "provider.test:443");
  EXPECT_EQ(connect.field("authorization"), "");
  EXPECT_EQ(server.requests().at(0).field("authorization"), "Bearer canary");
}

TEST(HttpProxy, OneThatRefusesIsSaidToBeTheProxy) {
  const HttpStub proxy(always(HttpAnswer::whole(403, "not from here")));
  const Environment environment({{"https_proxy", proxy.url()}});
  HttpDesk desk;
  const auto reply = desk.fetch(get("https://provider.test/"));
  ASSERT_FALSE(reply);
  EXPECT_EQ(to_string(reply.error().kind), std::string("proxy")) << reply.error().message;
  EXPECT_NE(reply.error().message.find("403"), std::string::npos) << reply.error().message;
  EXPECT_FALSE(reply.error().was_sent);
}

TEST(HttpProxy, LoopbackAndExceptionsAreReachedWithoutIt) {
  const HttpStub server(always(HttpAnswer::whole(200, "direct")));
  const HttpStub proxy(always(HttpAnswer::whole(200, "from the proxy")));
  const Environment environment(
      {{"http_proxy", proxy.url()}, {"https_proxy", proxy.url()}, {"no_proxy", ".invalid"}});
  HttpDesk desk;
  for (const char* host : {"127.0.0.1", "localhost"}) {
    const auto reply =
        desk.fetch(get("http://" + std::string(host) + ":" + std::to_string(server.port()) + "/"));
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->body, "direct");
  }
  const auto excepted = desk.fetch(get("https://" + std::string(70, 'a') + ".invalid/"));
  ASSERT_FALSE(excepted);
  EXPECT_EQ(to_string(excepted.error().kind), std::string("dns")) << excepted.error().message;
  EXPECT_EQ(proxy.connections(), 0);
}

TEST(HttpTrust, NothingOfAPersonsOwnFilesIsUsed) {
  const TempFolder home;
  home.write(".netrc", "machine 127.0.0.1 login me password canary\n");
  home.write(".curlrc", "user-agent = \"canary\"\n");
  const std::string before = ::getenv("HOME") == nullptr ? "" : ::getenv("HOME");
  ::setenv("HOME", home.path().c_str(), 1);
  const HttpStub server(always(HttpAnswer::whole(200, "well", {{"Set-Cookie", "session=canary"}})));
  HttpDesk desk;
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(desk.fetch(get(server.url())));
  ::setenv("HOME", before.c_str(), 1);
  for (const auto& seen : server.requests())
    for (const auto& [name, value] : seen.fields)
      EXPECT_EQ(value.find("canary"), std::string::npos) << name;
}

}  // namespace
}  // namespace chela::services
