// The network as plugins reach it: grants, secrets and what comes back, against servers on
// loopback.
#include "services/plugin_net.h"

#include <map>

#include "http_support.h"
#include "services/clock.h"
#include "services/hash.h"
#include "support.h"

namespace chela::services {
namespace {

constexpr const char* kPassword = "pa55-word-of-ana";

// Tokens by name, and which were doubted.
class Tokens final : public TokenSource {
 public:
  asio::awaitable<Result<std::shared_ptr<const SecretString>>> get(std::string name) override {
    const auto found = known.find(name);
    if (found == known.end()) co_return fail(ErrorCode::failed_precondition, "no login " + name);
    co_return std::make_shared<const SecretString>(SecretString::copy_of(found->second));
  }
  void doubt(const std::string& name) override { doubted.push_back(name); }
  std::map<std::string, std::string> known;
  std::vector<std::string> doubted;
};

class Net : public ::testing::Test {
 protected:
  Net() {
    ::signal(SIGPIPE, SIG_IGN);
    SecretSettings settings;
    settings.programs.env = [this](const std::string& name) -> std::optional<std::string> {
      const auto found = env.find(name);
      return found == env.end() ? std::nullopt : std::optional(found->second);
    };
    secrets = std::make_unique<Secrets>(std::move(settings), clock);
    plugin_secrets = std::make_unique<PluginSecrets>(*secrets, tokens, "/nonexistent");
    net = std::make_unique<PluginNet>(*plugin_secrets, HttpSettings(),
                                      [this](std::string_view name, std::string_view value) {
                                        derived.emplace_back(std::string(name), std::string(value));
                                      });
    caller.instance = "shop";
    env["PASSWORD"] = kPassword;
    caller.secrets["password"] = {"env:PASSWORD"};
  }

  template <class T>
  T run(asio::awaitable<T> work) {
    std::optional<T> result;
    asio::co_spawn(loop, std::move(work), [&](std::exception_ptr error, T value) {
      if (error) std::rethrow_exception(error);
      result.emplace(std::move(value));
    });
    while (!result && loop.run_one() > 0) {
    }
    loop.restart();
    return std::move(*result);
  }
  Result<FetchAnswer> fetch(json::object request, std::string body = "") {
    return run(net->fetch(caller, json::serialize(request), std::move(body),
                          std::chrono::steady_clock::now() + 10s));
  }
  void allow(const HttpStub& server) {
    std::string origin = server.url();
    origin.pop_back();
    caller.grant.http = {base::HttpGrant(origin)};
  }

  SystemClock clock;
  std::map<std::string, std::string> env;
  Tokens tokens;
  std::vector<std::pair<std::string, std::string>> derived;
  std::unique_ptr<Secrets> secrets;
  std::unique_ptr<PluginSecrets> plugin_secrets;
  asio::io_context loop;
  std::unique_ptr<PluginNet> net;
  Caller caller;
};

TEST_F(Net, FetchesWithSecretsPutIn) {
  HttpStub server([](const HttpSeen& seen) {
    return HttpAnswer::whole(201, "you sent " + seen.field("x-key"), {{"X-Echo", seen.target}});
  });
  allow(server);
  const auto answer = fetch({{"method", "POST"},
                             {"url", server.url("/a/{{secret:password}}?x=1")},
                             {"headers", json::array{json::array{"x-key", "{{secret:password}}"}}}},
                            "body");
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(get_int(answer->info, "status"), 201);
  EXPECT_EQ(server.requests().at(0).target, std::string("/a/") + kPassword + "?x=1");
  EXPECT_EQ(server.requests().at(0).body, "body");
  EXPECT_EQ(answer->body, "you sent {{secret:password}}") << "what is repeated is taken out";
  EXPECT_EQ(json::serialize(answer->info).find(kPassword), std::string::npos);
}

TEST_F(Net, RefusesWhatTheGrantDoesNotCoverBeforeASecretIsRead) {
  HttpStub server([](const HttpSeen&) { return HttpAnswer::whole(200, "x"); });
  std::string origin = server.url();
  origin.pop_back();
  caller.grant.http = {base::HttpGrant(origin, {"GET"}, {"/v1/*"})};
  caller.secrets["missing"] = {"env:NOT_THERE"};
  const struct {
    const char* name;
    std::string method;
    std::string url;
  } cases[] = {
      {"another method", "POST", server.url("/v1/a")},
      {"another path", "GET", server.url("/v2/{{secret:missing}}")},
      {"up again", "GET", server.url("/v1/../v2")},
      {"another server", "GET", "https://elsewhere.example/v1/a"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto answer = fetch({{"method", c.method}, {"url", c.url}});
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code, ErrorCode::permission_denied) << answer.error().message;
  }
  EXPECT_EQ(server.requests().size(), 0u);
}

TEST_F(Net, KeepsToThePluginsOwnNeedsWhereTheManifestAllowsMore) {
  HttpStub server([](const HttpSeen&) { return HttpAnswer::whole(200, "x"); });
  allow(server);
  caller.grant.http_needs = {base::HttpGrant(caller.grant.http[0].url, {"GET"}, {"/status"})};
  EXPECT_TRUE(fetch({{"url", server.url("/status")}}));
  EXPECT_EQ(fetch({{"url", server.url("/orders")}}).error().code, ErrorCode::permission_denied);
  EXPECT_EQ(fetch({{"url", server.url("/status")}, {"method", "DELETE"}}).error().code,
            ErrorCode::permission_denied);
}

TEST_F(Net, FollowsNoRedirectOutOfTheGrant) {
  HttpStub server([](const HttpSeen& seen) {
    if (seen.target == "/v1/a") return HttpAnswer::whole(302, "", {{"Location", "/v1/b"}});
    if (seen.target == "/v1/b") return HttpAnswer::whole(302, "", {{"Location", "/orders"}});
    return HttpAnswer::whole(200, "orders");
  });
  std::string origin = server.url();
  origin.pop_back();
  caller.grant.http = {base::HttpGrant(origin, {"GET"}, {"/v1/*"})};
  const auto answer = fetch({{"url", server.url("/v1/a")}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(get_int(answer->info, "status"), 302) << "the first is followed, the second told";
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST_F(Net, TakesAWholeAddressOutOfASecretAndShowsNothingOfIt) {
  HttpStub server([](const HttpSeen& seen) {
    return HttpAnswer::whole(seen.target == "/ical/private-4f9a1c7e2b8d6035/basic.ics" ? 200 : 404,
                             "see " + seen.target);
  });
  allow(server);
  env["ADDRESS"] = " " + server.url("/ical/private-4f9a1c7e2b8d6035/basic.ics") + "\n";
  caller.secrets["address"] = {"env:ADDRESS"};
  const auto answer = fetch({{"url", "{{secret:address}}"}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(get_int(answer->info, "status"), 200);
  EXPECT_EQ(answer->body.find("4f9a1c7e"), std::string::npos) << answer->body;
  ASSERT_EQ(derived.size(), 2u);
  EXPECT_EQ(derived[1].second, "/ical/private-4f9a1c7e2b8d6035/basic.ics");

  env["ADDRESS"] = "https://elsewhere.example/private-4f9a1c7e2b8d6035";
  secrets->retry_now();
  Caller other = caller;
  other.secrets["address"] = {"env:ADDRESS2"};
  env["ADDRESS2"] = env["ADDRESS"];
  const auto refused = run(net->fetch(other, R"({"url":"{{secret:address}}"})", "",
                                      std::chrono::steady_clock::now() + 5s));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::permission_denied);
  EXPECT_NE(refused.error().message.find("https://elsewhere.example"), std::string::npos);
  EXPECT_EQ(refused.error().message.find("4f9a1c7e"), std::string::npos);

  const auto closed = test::closed_port();
  env["ADDRESS3"] = "http://127.0.0.1:" + std::to_string(closed) + "/private-4f9a1c7e2b8d6035";
  other.secrets["address"] = {"env:ADDRESS3"};
  other.grant.http = {base::HttpGrant("http://127.0.0.1:" + std::to_string(closed))};
  const auto down = run(net->fetch(other, R"({"url":"{{secret:address}}"})", "",
                                   std::chrono::steady_clock::now() + 5s));
  ASSERT_FALSE(down);
  EXPECT_EQ(down.error().code, ErrorCode::unavailable);
  EXPECT_EQ(down.error().message.find("4f9a1c7e"), std::string::npos) << down.error().message;
}

TEST_F(Net, MakesBasicLogins) {
  HttpStub server(
      [](const HttpSeen& seen) { return HttpAnswer::whole(200, seen.field("authorization")); });
  allow(server);
  const auto answer = fetch(
      {{"url", server.url()},
       {"headers", json::array{json::array{"authorization", "Basic {{basic:ana:password}}"}}}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(server.requests().at(0).field("authorization"),
            "Basic " + base64(std::string("ana:") + kPassword));
  EXPECT_EQ(answer->body, "Basic {{secret:basic:ana:password}}");
  EXPECT_EQ(derived.at(0).second, base64(std::string("ana:") + kPassword));
}

TEST_F(Net, SaysWhichLineOfTheManifestHasTheSecret) {
  HttpStub server([](const HttpSeen&) { return HttpAnswer::whole(200, "x"); });
  allow(server);
  const auto unnamed = fetch({{"url", server.url("/{{secret:token}}")}});
  ASSERT_FALSE(unnamed);
  EXPECT_EQ(unnamed.error().code, ErrorCode::permission_denied);
  EXPECT_NE(unnamed.error().message.find("add it under 'secrets':  token: "), std::string::npos);
  caller.secrets["token"] = {"env:NOT_THERE", "env:PASSWORD"};
  EXPECT_TRUE(fetch({{"url", server.url("/{{secret:token}}")}})) << "the first that can be read";
  caller.secrets["token"] = {"env:NOT_THERE"};
  const auto missing = fetch({{"url", server.url("/{{secret:token}}")}});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::failed_precondition);
  EXPECT_NE(missing.error().message.find("env:NOT_THERE"), std::string::npos);
}

TEST_F(Net, TakesTheKeyInAnAddressOutOfWhatComesBackHoweverItIsWritten) {
  HttpStub server([](const HttpSeen& seen) {
    std::string slashes = seen.target;
    for (auto at = slashes.find('/'); at != std::string::npos; at = slashes.find('/', at + 2))
      slashes.insert(at, "\\");
    return HttpAnswer::whole(200, seen.target + " " + slashes + " key a/b:c-4f9a1c7e",
                             {{"X-Original", seen.target}});
  });
  allow(server);
  env["ADDRESS"] = server.url("/i?token=private-4f9a1c7e2b8d6035");
  caller.secrets["address"] = {"env:ADDRESS"};
  const auto answer = fetch({{"url", "{{secret:address}}"}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body.find("private-4f9a"), std::string::npos) << answer->body;
  EXPECT_EQ(json::serialize(answer->info).find("private-4f9a"), std::string::npos);
}

TEST_F(Net, WaitsForASecretNoLongerThanTheCallHas) {
  HttpStub server([](const HttpSeen&) { return HttpAnswer::whole(200, "x"); });
  allow(server);
  caller.secrets["password"] = {"exec:/bin/sleep 30"};
  const auto answer = run(
      net->fetch(caller, json::serialize(json::object{{"url", server.url("/{{secret:password}}")}}),
                 "", std::chrono::steady_clock::now() + 100ms));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::deadline_exceeded) << answer.error().message;
  EXPECT_EQ(server.requests().size(), 0u);
}

TEST_F(Net, ScrubsABodyThatIsNothingButTheKeyInOnePass) {
  std::string body;
  for (int i = 0; i < 20'000; ++i) body += kPassword;
  HttpStub server([&](const HttpSeen&) { return HttpAnswer::whole(200, body); });
  allow(server);
  const auto answer = fetch({{"url", server.url("/{{secret:password}}")}});
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body.size(), 20'000 * std::string("{{secret:password}}").size());
}

TEST_F(Net, TakesNoHeaderThatAsksForAnotherMethodOrPath) {
  HttpStub server([](const HttpSeen&) { return HttpAnswer::whole(200, "x"); });
  allow(server);
  for (const char* name : {"X-HTTP-Method-Override", "x-original-url", "X-Rewrite-URL"}) {
    const auto answer =
        fetch({{"url", server.url()}, {"headers", json::array{json::array{name, "DELETE"}}}});
    ASSERT_FALSE(answer) << name;
    EXPECT_EQ(answer.error().code, ErrorCode::invalid_argument);
  }
}

TEST_F(Net, DoubtsATokenThatTheServerRefuses) {
  HttpStub server([](const HttpSeen&) { return HttpAnswer::whole(401, "no"); });
  allow(server);
  tokens.known["google"] = "ya29-token";
  caller.secrets["token"] = {"oauth:google"};
  const auto answer =
      fetch({{"url", server.url()},
             {"headers", json::array{json::array{"authorization", "Bearer {{secret:token}}"}}}});
  ASSERT_TRUE(answer);
  EXPECT_EQ(tokens.doubted, std::vector<std::string>{"google"});
}

TEST_F(Net, BoundsSizeAndTime) {
  HttpStub server([](const HttpSeen& seen) {
    if (seen.target == "/long") return HttpAnswer::whole(200, std::string(5000, 'x'));
    if (seen.target == "/cut") return HttpAnswer::sized(200, 100).send("half").close();
    return HttpAnswer().stall();
  });
  allow(server);
  EXPECT_EQ(fetch({{"url", server.url("/long")}, {"max_body_bytes", 4000}}).error().code,
            ErrorCode::resource_exhausted);
  EXPECT_EQ(fetch({{"url", server.url("/slow")}, {"timeout_ms", 50}}).error().code,
            ErrorCode::deadline_exceeded);
  EXPECT_EQ(fetch({{"url", server.url("/cut")}}).error().code, ErrorCode::data_loss);
  const auto late =
      run(net->fetch(caller, json::serialize(json::object{{"url", server.url("/slow")}}), "",
                     std::chrono::steady_clock::now() + 50ms));
  EXPECT_EQ(late.error().code, ErrorCode::deadline_exceeded) << "the call's own deadline";
}

TEST_F(Net, RefusesRequestsThatAreNone) {
  for (const char* text :
       {"", "[]", "{}", R"({"url":""})", R"({"url":"x","timeout_ms":0})",
        R"({"url":"http://a.example","headers":[["a"]]})",
        R"({"url":"http://a.example","headers":{"a":"b"}})", R"({"url":"file:///etc/passwd"})"}) {
    const auto answer = run(net->fetch(caller, text, "", std::chrono::steady_clock::now() + 1s));
    ASSERT_FALSE(answer) << text;
    EXPECT_EQ(answer.error().code, ErrorCode::invalid_argument) << text;
  }
}

TEST_F(Net, TellsWhenACertificateEnds) {
  const test::TestAuthority authority;
  test::HttpStubOptions options;
  options.certificate = authority.issue("DNS:localhost");
  HttpStub server([](const HttpSeen&) { return HttpAnswer::whole(200, "x"); }, options);
  HttpSettings settings;
  const TempFolder folder;
  settings.ca_file = folder.write("ca.pem", authority.pem());
  net = std::make_unique<PluginNet>(*plugin_secrets, settings, nullptr);
  const std::string origin = "https://localhost:" + std::to_string(server.port());
  caller.grant.http = {base::HttpGrant(origin)};
  const auto now = clock.now().time_since_epoch().count();
  for (int i = 0; i < 2; ++i) {
    const auto answer = fetch({{"url", origin + "/"}, {"certificate", true}});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_GT(get_int(answer->info, "certificate_expires_ms"), now) << "also the second time";
  }
  EXPECT_EQ(find(fetch({{"url", origin + "/"}})->info, "certificate_expires_ms"), nullptr);
}

TEST(FetchRules, FindWhereARequestGoes) {
  EXPECT_EQ(path_of("https://a.example"), "/");
  EXPECT_EQ(path_of("https://a.example?x=/y"), "/");
  EXPECT_EQ(path_of("https://a.example/b/c?x=/y#z"), "/b/c");
  EXPECT_EQ(address_of(" webcal://a.example/x.ics\n"), "https://a.example/x.ics");
  EXPECT_EQ(secret_of_url("{{secret:address}}"), "address");
  EXPECT_EQ(secret_of_url("{{secret:address}}/more"), "");
  EXPECT_EQ(secret_of_url("https://a.example/{{secret:x}}"), "");
  std::vector<BasicLogin> logins;
  EXPECT_EQ(name_logins("a {{basic:ana@b:pw}} c", logins), "a {{secret:basic:ana@b:pw}} c");
  ASSERT_EQ(logins.size(), 1u);
  EXPECT_EQ(logins[0].user, "ana@b");
  EXPECT_EQ(logins[0].secret, "pw");
}

}  // namespace
}  // namespace chela::services
