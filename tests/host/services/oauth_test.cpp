// Logins that are made once: what the endpoints say, the file that is kept, tokens made anew.
#include <sys/stat.h>

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <future>

#include "http_support.h"
#include "services/clock.h"
#include "services/oauth_login.h"
#include "services/oauth_tokens.h"
#include "support.h"

namespace chela::services {
namespace {

constexpr Timestamp kNow{std::chrono::seconds(1'790'000'000)};

OAuthLogin login_at(const std::string& token_url) {
  OAuthLogin login;
  login.provider = "google";
  login.token_url = token_url;
  login.client_id = "client-1";
  login.client_secret = "shh-client";
  login.scope = "mail";
  login.refresh_token = "refresh-1";
  login.access_token = "access-old";
  login.expires = kNow;
  return login;
}

class FixedClock final : public Clock {
 public:
  Timestamp now() const override { return time; }
  Timestamp time = kNow;
};

class Logins : public ::testing::Test {
 protected:
  Logins() {
    ::signal(SIGPIPE, SIG_IGN);
    ::chmod(folder.path().c_str(), 0700);
    tokens = std::make_unique<OAuthTokens>(
        OAuthSettings{
            folder.path("oauth"),
            {},
            [this](std::string_view, std::string_view value) { learned.emplace_back(value); }},
        clock);
  }
  std::string get(const std::string& name = "google") {
    const auto token = await(tokens->get(name));
    return token ? std::string((*token)->view()) : "! " + token.error().message;
  }
  void keep(const OAuthLogin& login) {
    ASSERT_TRUE(write_login_file(folder.path("oauth"), "google", login));
  }

  // Asks for the token and gives up once the service has been asked; then the service may answer.
  asio::awaitable<bool> give_up_when_asked(std::future<void> asked, std::promise<void>& answer) {
    using namespace asio::experimental::awaitable_operators;
    const auto wait = [](std::future<void>& until) -> asio::awaitable<void> {
      asio::steady_timer pause(co_await asio::this_coro::executor);
      while (until.wait_for(0s) != std::future_status::ready) {
        pause.expires_after(5ms);
        co_await pause.async_wait(asio::use_awaitable);
      }
      pause.expires_after(5ms);
      co_await pause.async_wait(asio::use_awaitable);
    };
    const auto first = co_await (tokens->get("google") || wait(asked));
    answer.set_value();
    co_await tokens->settle();
    co_return first.index() == 1;
  }

  const TempFolder folder{std::filesystem::path(CHELA_BINARY_DIR)};
  FixedClock clock;
  std::vector<std::string> learned;
  std::unique_ptr<OAuthTokens> tokens;
};

TEST_F(Logins, AreRefreshedOnceAndKept) {
  HttpStub server([](const HttpSeen&) {
    return HttpAnswer::whole(
        200, R"({"access_token":"access-2","expires_in":3600,"refresh_token":"refresh-2"})");
  });
  keep(login_at(server.url("/token")));
  EXPECT_EQ(get(), "access-2");
  EXPECT_EQ(get(), "access-2");
  ASSERT_EQ(server.requests().size(), 1u);
  EXPECT_EQ(server.requests()[0].body,
            "grant_type=refresh_token&refresh_token=refresh-1&client_id=client-1&client_secret="
            "shh-client");
  const auto kept = read_login_file(folder.path("oauth"), "google");
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(kept->refresh_token, "refresh-2") << "the old one may have ended";
  struct stat facts {};
  ASSERT_EQ(::stat(folder.path("oauth/google.json").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777u, 0600u);
  for (const char* secret : {"access-2", "refresh-2", "refresh-1", "shh-client"})
    EXPECT_NE(std::find(learned.begin(), learned.end(), secret), learned.end()) << secret;

  clock.time = kNow + std::chrono::minutes(59) + std::chrono::seconds(30);
  get();
  EXPECT_EQ(server.requests().size(), 2u) << "it would end within a request";
}

TEST_F(Logins, AreRefreshedWhereTheOtherSideRefusedTheToken) {
  int count = 0;
  HttpStub server([&](const HttpSeen&) {
    return HttpAnswer::whole(200, R"({"access_token":"access-)" + std::to_string(++count + 1) +
                                      R"(","expires_in":3600})");
  });
  keep(login_at(server.url("/token")));
  EXPECT_EQ(get(), "access-2");
  tokens->doubt("google");
  EXPECT_EQ(get(), "access-3");
  EXPECT_EQ(get(), "access-3");
  EXPECT_EQ(server.requests().size(), 2u);
}

// A service that hands out each refresh token once: what it answered to somebody who has given up
// meanwhile must not be lost.
TEST_F(Logins, AreKeptAlsoWhereTheCallerGivesUp) {
  std::promise<void> may_answer;
  std::promise<void> was_asked;
  HttpStub server([&](const HttpSeen&) {
    was_asked.set_value();
    may_answer.get_future().wait();
    return HttpAnswer::whole(
        200, R"({"access_token":"access-2","expires_in":3600,"refresh_token":"refresh-2"})");
  });
  keep(login_at(server.url("/token")));
  const bool gave_up = await(give_up_when_asked(was_asked.get_future(), may_answer));
  EXPECT_TRUE(gave_up);
  const auto kept = read_login_file(folder.path("oauth"), "google");
  ASSERT_TRUE(kept) << kept.error().message;
  EXPECT_EQ(kept->refresh_token, "refresh-2");
  EXPECT_EQ(get(), "access-2");
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(Logins, AreRefreshedOnceForAllWhoWait) {
  HttpStub server([](const HttpSeen&) {
    return HttpAnswer::whole(200, R"({"access_token":"access-2","expires_in":3600})");
  });
  keep(login_at(server.url("/token")));
  using namespace asio::experimental::awaitable_operators;
  const auto both = [&]() -> asio::awaitable<std::string> {
    const auto [one, other] = co_await (tokens->get("google") && tokens->get("google"));
    co_return one&& other ? std::string((*one)->view()) + std::string((*other)->view()) : "";
  };
  EXPECT_EQ(await(both()), "access-2access-2");
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(Logins, AreNotAskedForWhereNobodyWaitsForTheLockAnyMore) {
  HttpStub server([](const HttpSeen&) { return HttpAnswer::whole(500, ""); });
  keep(login_at(server.url("/token")));
  const auto held = lock_login(folder.path("oauth"), "google");
  ASSERT_TRUE(held);
  std::promise<void> at_once;
  at_once.set_value();
  std::promise<void> unused;
  EXPECT_TRUE(await(give_up_when_asked(at_once.get_future(), unused)));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(Logins, SayWhatToDoWhereTheyHaveEnded) {
  EXPECT_NE(get().find("nobody has logged in under this name; run: chela secret login"),
            std::string::npos)
      << get();
  EXPECT_NE(get("../x").find("wanted letters"), std::string::npos);
  HttpStub server([](const HttpSeen&) {
    return HttpAnswer::whole(400, R"({"error":"invalid_grant","error_description":"refresh-1"})");
  });
  keep(login_at(server.url("/token")));
  const std::string said = get();
  EXPECT_NE(said.find("400 invalid_grant"), std::string::npos) << said;
  EXPECT_NE(said.find("run: chela secret login"), std::string::npos) << said;
  EXPECT_EQ(said.find("refresh-1"), std::string::npos) << said;
}

TEST_F(Logins, AreLeftAloneWhereTheNetworkIsDown) {
  keep(login_at("http://127.0.0.1:" + std::to_string(test::closed_port()) + "/token"));
  const auto token = await(tokens->get("google"));
  ASSERT_FALSE(token);
  EXPECT_EQ(token.error().code, ErrorCode::unavailable);
  EXPECT_EQ(token.error().message.find("chela secret login"), std::string::npos);
}

TEST_F(Logins, AreReadFromPrivateFilesOnly) {
  keep(login_at("http://127.0.0.1:1/token"));
  ::chmod(folder.path("oauth/google.json").c_str(), 0644);
  EXPECT_NE(get().find("0644"), std::string::npos) << get();
  ::chmod(folder.path("oauth/google.json").c_str(), 0600);
  folder.write("oauth/google.json", "{\"schema\":\"chela.oauth/1\"}");
  EXPECT_NE(get().find("wanted token_url"), std::string::npos) << get();
}

TEST(TokenReply, MeansWhatTheStandardSays) {
  const struct {
    const char* name;
    int status;
    const char* body;
    ErrorCode code;
  } cases[] = {
      {"no token", 200, R"({"expires_in":1})", ErrorCode::data_loss},
      {"no JSON", 200, "<html>", ErrorCode::data_loss},
      {"ended", 400, R"({"error":"invalid_grant"})", ErrorCode::failed_precondition},
      {"too fast", 429, "", ErrorCode::unavailable},
      {"down", 503, "", ErrorCode::unavailable},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto taken = take_token_reply(login_at("x"), c.status, c.body, kNow);
    ASSERT_FALSE(taken);
    EXPECT_EQ(taken.error().code, c.code);
  }
  OAuthLogin future = login_at("x");
  future.expires = kNow + std::chrono::hours(1000);
  EXPECT_FALSE(is_fresh(future, kNow)) << "the clock has gone back";
}

TEST(DeviceFlow, IsReadAsItIsSpoken) {
  const auto code = parse_device_code(
      200,
      R"({"device_code":"d","user_code":"ABCD-EFGH","verification_url":"https://x.example/device","expires_in":1800,"interval":7})");
  ASSERT_TRUE(code) << code.error().message;
  EXPECT_EQ(code->address, "https://x.example/device");
  EXPECT_EQ(code->interval, Duration(7000));
  EXPECT_NE(parse_device_code(400, R"({"error":"invalid_scope"})")
                .error()
                .message.find("no device flow for that scope"),
            std::string::npos);
  EXPECT_EQ(judge_poll(400, R"({"error":"authorization_pending"})"), Poll::pending);
  EXPECT_EQ(judge_poll(428, R"({"error":"authorization_pending"})"), Poll::pending);
  EXPECT_EQ(judge_poll(400, R"({"error":"slow_down"})"), Poll::slow_down);
  EXPECT_EQ(judge_poll(503, ""), Poll::pending);
  EXPECT_EQ(judge_poll(400, R"({"error":"access_denied"})"), Poll::refused);
  EXPECT_EQ(judge_poll(200, "{}"), Poll::granted);
}

TEST(CodeFlow, TakesTheAddressThatTheBrowserEndedAt) {
  const Pkce pkce = draw_pkce();
  EXPECT_EQ(pkce.verifier.size(), 43u);
  EXPECT_EQ(pkce.challenge.size(), 43u);
  EXPECT_NE(pkce.verifier, draw_pkce().verifier);
  const auto provider = find_oauth_provider("google").value();
  const std::string address = login_address(provider, "my client", pkce);
  EXPECT_NE(address.find("client_id=my%20client"), std::string::npos) << address;
  EXPECT_NE(address.find("code_challenge=" + pkce.challenge), std::string::npos);
  EXPECT_EQ(address.find(pkce.verifier), std::string::npos);
  const std::string back = std::string(kRedirectUri) + "?state=" + pkce.state + "&code=4%2Fabc";
  EXPECT_EQ(code_of(" " + back + "\n", pkce).value(), "4/abc");
  EXPECT_EQ(code_of("4/abc", pkce).value(), "4/abc");
  EXPECT_FALSE(code_of(std::string(kRedirectUri) + "?state=other&code=4", pkce));
  EXPECT_FALSE(code_of(std::string(kRedirectUri) + "?state=" + pkce.state, pkce));
  EXPECT_FALSE(code_of("", pkce));
  EXPECT_NE(code_of(back + "&error=access_denied", pkce).error().message.find("access_denied"),
            std::string::npos);
}

}  // namespace
}  // namespace chela::services
