// HTTP exchanges against a server that does what it is told: whole answers, streams, reuse, many at
// once.
#include "services/http.h"

#include "http_support.h"

namespace chela::services {
namespace {

TEST(Http, FetchesAWholeAnswer) {
  const HttpStub server(always(HttpAnswer::whole(418, "short and stout", {{"X-Pot", "tea"}})));
  HttpDesk desk;
  HttpRequest request = post(server.url("/brew?strength=3#handle"), R"({"sugar":1})");
  request.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
  const auto reply = desk.fetch(request);
  ASSERT_TRUE(reply) << reply.error().message;
  EXPECT_EQ(reply->head.status, 418);
  EXPECT_EQ(reply->head.http_version, 11);
  EXPECT_EQ(find_header(reply->head.headers, "x-pot"), "tea");
  EXPECT_EQ(reply->body, "short and stout");

  const HttpSeen seen = server.requests().at(0);
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/brew?strength=3");
  EXPECT_EQ(seen.body, R"({"sugar":1})");
  EXPECT_EQ(seen.field("content-type"), "application/json");
  EXPECT_EQ(seen.field("user-agent").substr(0, 6), "chela/");
  EXPECT_EQ(seen.field("expect"), "");
  EXPECT_EQ(std::count_if(seen.fields.begin(), seen.fields.end(),
                          [](const auto& field) { return field.first == "x-empty"; }),
            1);
}

TEST(Http, SendsTheMethodThatWasAskedFor) {
  const HttpStub server([](const HttpSeen& seen) {
    return seen.method == "HEAD" ? HttpAnswer::sized(200, 1000) : HttpAnswer::whole(200, "well");
  });
  HttpDesk desk;
  const struct {
    const char* method;
    std::string body;
    const char* answer;
  } cases[] = {{"GET", "", "well"},     {"HEAD", "", ""},
               {"POST", "", "well"},    {"POST", "a=1", "well"},
               {"PUT", "{}", "well"},   {"PATCH", "{}", "well"},
               {"DELETE", "", "well"},  {"DELETE", "x", "well"},
               {"OPTIONS", "", "well"}, {"POST", std::string(3 << 20, 'x'), "well"}};
  std::size_t number = 0;
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.method) + " " + std::to_string(c.body.size()));
    HttpRequest request = post(server.url(), c.body);
    request.method = c.method;
    const auto reply = desk.fetch(request);
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->body, c.answer);
    const HttpSeen seen = server.requests().at(number++);
    EXPECT_EQ(seen.method, c.method);
    EXPECT_EQ(seen.body, c.body);
    EXPECT_EQ(seen.field("content-type"), "");
  }
  EXPECT_EQ(server.connections(), 1);
}

asio::awaitable<HttpResult<std::vector<std::string>>> pieces_of(HttpClient& client,
                                                                HttpRequest request) {
  CHELA_HTTP_CO_TRY(std::unique_ptr<HttpExchange> exchange,
                    co_await client.start(std::move(request)));
  std::vector<std::string> pieces;
  for (;;) {
    CHELA_HTTP_CO_TRY(std::optional<std::string> piece, co_await exchange->next());
    if (!piece) break;
    pieces.push_back(std::move(*piece));
  }
  CHELA_HTTP_CO_TRY(const auto again, co_await exchange->next());
  EXPECT_FALSE(again) << "the end stays the end";
  co_return pieces;
}

TEST(Http, GivesAStreamPieceByPiece) {
  const HttpStub server(always(HttpAnswer::chunked(200)
                                   .chunk("data: one\n\n")
                                   .pause(30ms)
                                   .chunk("data: two\n\n")
                                   .pause(30ms)
                                   .chunk("data: three\n\n")
                                   .pause(30ms)
                                   .end()));
  HttpDesk desk;
  const auto pieces = desk.run(pieces_of(desk.client, get(server.url())));
  ASSERT_TRUE(pieces) << pieces.error().message;
  EXPECT_EQ(*pieces,
            (std::vector<std::string>{"data: one\n\n", "data: two\n\n", "data: three\n\n"}));
}

}  // namespace
}  // namespace chela::services
