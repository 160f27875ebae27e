// What bounds an exchange: decoded size, memory held for a slow reader, connections kept,
// redirects.
#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "http_packed.h"
#include "http_support.h"

namespace chela::services {
namespace {

asio::awaitable<HttpResult<std::size_t>> read_late(HttpClient& client, std::string url,
                                                   std::function<bool()> is_time) {
  HttpRequest request = get(std::move(url));
  request.max_body_bytes = 1u << 30;
  request.deadlines.idle = 200ms;  // of silence, not of the reader's own slowness
  CHELA_HTTP_CO_TRY(const std::unique_ptr<HttpExchange> exchange,
                    co_await client.start(std::move(request)));
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (!is_time()) {
    timer.expires_after(1ms);
    co_await timer.async_wait(asio::use_awaitable);
  }
  std::size_t size = 0;
  for (;;) {
    CHELA_HTTP_CO_TRY(const std::optional<std::string> piece, co_await exchange->next());
    if (!piece) co_return size;
    EXPECT_LE(piece->size(), 256u << 10) << "more was held than promised";
    size += piece->size();
  }
}

TEST(HttpLimits, PackedBodiesAreUnpacked) {
  const std::string text = "a text that is packed, a text that is packed";
  const std::string large(3u << 20, 'x');
  const struct {
    const char* encoding;
    std::string bytes;
    std::string text;
  } cases[] = {{"gzip", gzipped(text), text},
               {"x-gzip", gzipped(text) + gzipped(large), text + large},
               {"identity", text, text},
               {"gzip", "", ""}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.encoding);
    const HttpStub server(
        always(HttpAnswer::whole(200, c.bytes, {{"Content-Encoding", c.encoding}})));
    HttpDesk desk;
    const auto reply = desk.fetch(get(server.url()));
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_TRUE(reply->body == c.text) << reply->body.size();
    EXPECT_EQ(server.requests().at(0).field("accept-encoding"), "gzip");
  }
}

TEST(HttpLimits, APackedBodyThatIsCutIsNoShortAnswer) {
  const std::string packed = gzipped("a text that is packed, a text that is packed");
  std::atomic<std::size_t> size = 0;
  const HttpStub server([&](const HttpSeen&) {
    return HttpAnswer::whole(200, packed.substr(0, size), {{"Content-Encoding", "gzip"}});
  });
  HttpDesk desk;
  for (size = 1; size < packed.size(); ++size) {
    const auto reply = desk.fetch(get(server.url()));
    EXPECT_FALSE(reply) << size << " bytes, taken as '" << reply->body << "'";
    if (reply) continue;
    EXPECT_EQ(to_string(reply.error().kind), std::string("cut")) << reply.error().message;
  }
}

TEST(HttpLimits, ABodyPackedInAnotherWayIsRefused) {
  const HttpStub server(always(HttpAnswer::whole(200, "???", {{"Content-Encoding", "br"}})));
  HttpDesk desk;
  const auto reply = desk.fetch(get(server.url()));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, HttpFailure::protocol);
  EXPECT_NE(reply.error().message.find("'br'"), std::string::npos) << reply.error().message;
}

TEST(HttpLimits, WithoutCompressionNothingIsAskedFor) {
  const HttpStub server(always(HttpAnswer::whole(200, "well")));
  HttpDesk desk;
  HttpRequest request = get(server.url());
  request.accepts_compressed = false;
  ASSERT_TRUE(desk.fetch(request));
  EXPECT_EQ(server.requests().at(0).field("accept-encoding"), "");
}

TEST(HttpLimits, ABombIsStoppedAtTheCapOfItsDecodedSize) {
  const std::string packed = gzipped(std::string(6u << 20, '\0'));
  ASSERT_LT(packed.size(), 64u << 10);
  const HttpStub server(always(HttpAnswer::whole(200, packed, {{"Content-Encoding", "gzip"}})));
  HttpDesk desk;
  HttpRequest request = get(server.url());
  request.max_body_bytes = 1u << 20;
  const auto reply = desk.fetch(request);
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().kind, HttpFailure::too_large) << reply.error().message;
}

TEST(HttpLimits, OfABombOnlyALittleIsUnpackedAtOnce) {
  const std::string bomb(6u << 20, '\0');
  const HttpStub server(
      always(HttpAnswer::whole(200, gzipped(bomb), {{"Content-Encoding", "gzip"}})));
  HttpDesk desk;
  const auto size = desk.run(read_late(desk.client, server.url(), [] { return true; }));
  ASSERT_TRUE(size) << size.error().message;
  EXPECT_EQ(*size, bomb.size());
}

TEST(HttpLimits, ABodyOfExactlyTheCapIsTaken) {
  const HttpStub server(always(HttpAnswer::whole(200, std::string(5000, 'x'))));
  HttpDesk desk;
  HttpRequest request = get(server.url());
  request.max_body_bytes = 5000;
  const auto reply = desk.fetch(request);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->body.size(), 5000u);
}

TEST(HttpLimits, ASlowReaderStopsTheServer) {
  constexpr std::size_t kPiece = 256u << 10, kPieces = 256;  // 64 MiB
  std::atomic<std::size_t> sent = 0;
  HttpAnswer answer = HttpAnswer::sized(200, kPiece * kPieces);
  for (std::size_t i = 0; i < kPieces; ++i) {
    answer.send(std::string(kPiece, 'x'));
    answer.hold([&sent] {
      sent += kPiece;
      return true;
    });
  }
  const HttpStub server(always(answer));
  HttpDesk desk;
  // Late enough when the server has not got on for half a second.
  std::size_t known = 0;
  auto since = std::chrono::steady_clock::now();
  const auto is_time = [&] {
    const auto now = std::chrono::steady_clock::now();
    if (sent != known) {
      known = sent;
      since = now;
    }
    return now - since > 500ms;
  };
  const auto size = desk.run(read_late(desk.client, server.url(), is_time));
  ASSERT_TRUE(size) << size.error().message;
  EXPECT_LT(known, 32u << 20) << "the sockets' own buffers hold some megabytes";
  EXPECT_EQ(*size, kPiece * kPieces);
}

TEST(HttpLimits, ManyAtOnceAndThenAFewConnectionsStayOpen) {
  std::atomic<int> arrived = 0;
  const HttpStub server([&arrived](const HttpSeen& seen) {
    ++arrived;
    return HttpAnswer()
        .hold([&arrived] { return arrived >= 64; })
        .then(HttpAnswer::whole(200, seen.target));
  });
  HttpSettings settings;
  settings.max_idle_connections = 5;
  HttpDesk desk(settings);
  int done = 0;
  for (int i = 0; i < 64; ++i) {
    HttpRequest request = get(server.url("/" + std::to_string(i)));
    asio::co_spawn(desk.loop, desk.client.fetch(std::move(request)),
                   [&, i](std::exception_ptr, HttpResult<HttpReply> reply) {
                     ++done;
                     ASSERT_TRUE(reply) << reply.error().message;
                     EXPECT_EQ(reply->body, "/" + std::to_string(i));
                   });
  }
  while (done < 64) desk.loop.run_one();
  EXPECT_EQ(server.max_in_flight(), 64);
  EXPECT_EQ(server.connections(), 64);
  EXPECT_TRUE(HttpStub::eventually([&] { return server.open_connections() <= 5; }));
  ASSERT_TRUE(desk.fetch(get(server.url())));
  EXPECT_EQ(server.connections(), 64) << "one that was kept is used";
}

TEST(HttpLimits, OneConnectionServesOneRequestAfterTheOther) {
  const HttpStub server(always(HttpAnswer::chunked(200).chunk("well").end()));
  HttpDesk desk;
  for (int i = 0; i < 10; ++i) {
    const auto reply = desk.fetch(post(server.url(), "{}"));
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->head.is_reused, i > 0);
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(HttpLimits, AConnectionThatDiedMeanwhileIsNotUsed) {
  const HttpStub server(always(HttpAnswer::whole(200, "well").close()));
  HttpDesk desk;
  for (int i = 0; i < 5; ++i) {
    const auto reply = desk.fetch(post(server.url(), "{}"));
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_TRUE(HttpStub::eventually([&] { return server.open_connections() == 0; }));
  }
  EXPECT_EQ(server.requests().size(), 5u) << "each was sent once";
}

TEST(HttpLimits, ARequestThatAReusedConnectionSwallowedIsSentAgainOnAFreshOne) {
  std::atomic<int> seen = 0;
  const HttpStub server([&seen](const HttpSeen&) {
    return ++seen == 2 ? HttpAnswer().close() : HttpAnswer::whole(200, "well");
  });
  HttpDesk desk;
  ASSERT_TRUE(desk.fetch(post(server.url(), "first")));
  const auto reply = desk.fetch(post(server.url(), "second"));
  ASSERT_TRUE(reply) << reply.error().message;
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 3u);
  EXPECT_EQ(requests[1].body, "second");
  EXPECT_EQ(requests[2].body, "second");
  EXPECT_NE(requests[1].connection, requests[2].connection);
}

TEST(HttpLimits, ARequestThatWasAnsweredInPartIsNotSentAgain) {
  std::atomic<int> seen = 0;
  const HttpStub server([&seen](const HttpSeen&) {
    return ++seen == 2 ? HttpAnswer::raw("HTTP/1.1 200 OK\r\n").close()
                       : HttpAnswer::whole(200, "well");
  });
  HttpDesk desk;
  ASSERT_TRUE(desk.fetch(post(server.url(), "first")));
  EXPECT_FALSE(desk.fetch(post(server.url(), "second")));
  EXPECT_EQ(server.requests().size(), 2u);
}

// The other server that a redirect leads to; must see nothing.
struct Redirected {
  const char* name;
  const char* method;
  std::string location;
  int status;  // of what comes back
  bool is_followed;
};

TEST(HttpLimits, RedirectsStayWithinTheirOrigin) {
  const HttpStub other(always(HttpAnswer::whole(200, "caught you")));
  std::atomic<const Redirected*> now = nullptr;
  const HttpStub server([&now](const HttpSeen& seen) {
    if (seen.target.rfind("/from", 0) != 0) return HttpAnswer::whole(200, "arrived");
    const Redirected& one = *now;
    return HttpAnswer::whole(one.status, "elsewhere", {{"Location", one.location}});
  });
  const std::string port = std::to_string(server.port());
  const Redirected cases[] = {
      {"a path", "GET", "/to", 302, true},
      {"a relative path", "GET", "to?x=1", 301, true},
      {"the same origin in full", "GET", server.url("/to"), 307, true},
      {"a placeholder that the server wrote", "GET", "/to?key={{secret:key}}", 302, true},
      {"another port", "GET", other.url("/to"), 302, false},
      {"another name of the same host", "GET", "http://localhost:" + port + "/to", 302, false},
      {"another scheme", "GET", "https://127.0.0.1:" + port + "/to", 302, false},
      {"no HTTP", "GET", "file:///etc/passwd", 302, false},
      {"a user in it", "GET", "http://me@127.0.0.1:" + port + "/to", 302, false},
      {"no URL", "GET", "http://[", 302, false},
      {"none", "GET", "", 302, false},
      {"another method", "POST", "/to", 302, false},
      {"no redirect", "GET", "/to", 300, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    now = &c;
    HttpDesk desk;
    HttpRequest request = get(server.url("/from?key={{secret:key}}"));
    request.method = c.method;
    request.headers = {{"X-Api-Key", "{{secret:key}}"}};
    request.secrets = [](std::string_view) { return "canary-7f3a"; };
    const std::size_t before = server.requests().size();
    const auto reply = desk.fetch(request);
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->head.status, c.is_followed ? 200 : c.status);
    EXPECT_EQ(reply->body, c.is_followed ? "arrived" : "elsewhere");
    const auto requests = server.requests();
    ASSERT_EQ(requests.size(), before + (c.is_followed ? 2 : 1));
    EXPECT_EQ(requests[before].target, "/from?key=canary-7f3a");
    if (!c.is_followed) continue;
    EXPECT_EQ(requests.back().target.find("canary"), std::string::npos);
    EXPECT_EQ(requests.back().field("x-api-key"), "canary-7f3a");
    EXPECT_EQ(requests.back().connection, requests[before].connection);
  }
  EXPECT_EQ(other.connections(), 0);
}

TEST(HttpLimits, AtMostFiveRedirectsAreFollowed) {
  const HttpStub server([](const HttpSeen& seen) {
    const int left = std::stoi(seen.target.substr(1));
    if (left == 0) return HttpAnswer::whole(200, "arrived");
    return HttpAnswer::whole(302, "", {{"Location", "/" + std::to_string(left - 1)}});
  });
  HttpDesk desk;
  const auto five = desk.fetch(get(server.url("/5")));
  ASSERT_TRUE(five) << five.error().message;
  EXPECT_EQ(five->head.status, 200);
  const auto six = desk.fetch(get(server.url("/6")));
  ASSERT_TRUE(six) << six.error().message;
  EXPECT_EQ(six->head.status, 302);
  EXPECT_EQ(server.requests().size(), 6u + 6u);
}

TEST(HttpLimits, ARedirectWithoutEndOfItsBodyIsFollowedAllTheSame) {
  const HttpStub server([](const HttpSeen& seen) {
    if (seen.target == "/to") return HttpAnswer::whole(200, "arrived");
    HttpAnswer answer = HttpAnswer::chunked(302, {{"Location", "/to"}});
    if (seen.target == "/late") answer.pause(50ms);  // the head alone comes first
    return answer.chunk(std::string(1u << 20, 'x')).stall();
  });
  HttpDesk desk;
  int abandoned = 0;
  for (const char* path : {"/from", "/late"}) {
    SCOPED_TRACE(path);
    HttpRequest request = get(server.url(path));
    request.deadlines = {0s, 0s, 0s, 0s};  // none comes to help
    const auto reply = desk.fetch(request);
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->body, "arrived");
    ++abandoned;
    EXPECT_TRUE(HttpStub::eventually([&] { return server.abandoned() == abandoned; }));
  }
}

}  // namespace
}  // namespace chela::services
