// The fault table: what a chain does about each thing that can go wrong at its first model.
#include "router_desk.h"

namespace chela::models {
namespace {

struct Row {
  const char* name;
  HttpAnswer answer;
  const char* reason;   // of the first step
  bool advances;        // the second model answers
  bool is_cooled_down;  // the first one is left alone in the next turn
};

HttpAnswer half_a_stream() {
  return HttpAnswer::chunked(200, {{"Content-Type", "text/event-stream"}});
}

std::vector<Row> rows() {
  return {
      {"401", error(401, openai_error("invalid_request_error", "invalid_api_key")),
       "unauthenticated", true, true},
      {"402", error(402, openai_error("billing_error", "payment_required")), "billing", true, true},
      {"403", error(403, openai_error("permission_error", "forbidden")), "permission_denied", true,
       true},
      {"404 model", error(404, openai_error("invalid_request_error", "model_not_found")),
       "model_not_found", true, true},
      {"408", error(408, ""), "timeout", true, true},
      {"413", error(413, "<html><body>too large</body></html>"), "too_large", true, false},
      {"429", error(429, openai_error("requests", "rate_limit_exceeded")), "rate_limited", true,
       true},
      {"429 with retry-after",
       error(429, openai_error("requests", "rate_limit_exceeded"), {{"Retry-After", "120"}}),
       "rate_limited", true, true},
      {"429 quota", error(429, openai_error("insufficient_quota", "insufficient_quota")), "billing",
       true, true},
      {"500", error(500, openai_error("server_error", "server_error")), "server_error", true, true},
      {"503", error(503, openai_error("service_unavailable_error", "server_is_overloaded")),
       "overloaded", true, true},
      {"529", error(529, ""), "overloaded", true, true},
      {"400", error(400, openai_error("invalid_request_error", "unsupported_parameter")),
       "bad_request", false, false},
      {"context overflow",
       error(400, openai_error("invalid_request_error", "context_length_exceeded")),
       "context_overflow", true, false},
      {"garbage JSON", HttpAnswer::whole(200, "{\"id\":", {{"Content-Type", "application/json"}}),
       "garbage", true, true},
      {"HTML with status 200",
       HttpAnswer::whole(200, "<html>Welcome</html>", {{"Content-Type", "text/html"}}), "garbage",
       true, true},
      {"empty body", HttpAnswer::whole(200, "", {{"Content-Type", "text/event-stream"}}), "cut",
       true, true},
      {"a stream that ends before its first piece", half_a_stream().end(), "cut", true, true},
      {"a connection that ends before its first piece", half_a_stream().close(), "cut", true, true},
      {"a reset", half_a_stream().reset(), "cut", true, true},
      {"an error inside a 200 stream",
       half_a_stream()
           .chunk(event(
               R"({"error":{"message":"Overloaded","type":"server_error","code":"server_error"}})"))
           .end(),
       "server_error", true, true},
      {"not HTTP", HttpAnswer::raw("SSH-2.0-OpenSSH_9.2\r\n").close(), "garbage", true, true},
  };
}

TEST(RouterFaults, EachDoesWhatItsRowSays) {
  for (auto& row : rows()) {
    SCOPED_TRACE(row.name);
    HttpStub first([&](const HttpSeen&) { return row.answer; });
    HttpStub second([](const HttpSeen&) { return stream("from the second"); });
    RouterDesk desk;
    desk.add_provider("one", first.url("/v1"));
    desk.add_provider("two", second.url("/v1"));
    desk.chain("coordinator", {"one/m", "two/m"});
    const auto answer = desk.ask();
    if (row.advances) {
      ASSERT_TRUE(answer) << answer.error().message;
      EXPECT_EQ(answer->ref, "two/m");
      EXPECT_EQ(text_of(*answer), "from the second");
    } else {
      ASSERT_FALSE(answer);
      EXPECT_EQ(second.requests().size(), 0u);
    }
    const auto call = desk.store->calls(1)->at(0);
    const auto& step = call.explain.at("steps").as_array().at(0);
    EXPECT_EQ(get_string(step, "reason"), row.reason) << call.explain;
    EXPECT_EQ(!desk.store->cooldowns()->empty(), row.is_cooled_down);
    EXPECT_EQ(first.requests().size(), 1u) << "no second try where another model is there";
    desk.reopen();  // remembered over a restart
    static_cast<void>(desk.ask().has_value());
    EXPECT_EQ(first.requests().size(), row.is_cooled_down ? 1u : 2u);
    EXPECT_TRUE(desk.faults.empty());
  }
}

TEST(RouterFaults, StallBeforeTheFirstPieceMovesOn) {
  const struct {
    const char* name;
    HttpAnswer answer;
  } cases[] = {
      {"before the head", HttpAnswer().stall()},
      {"behind the head", half_a_stream().stall()},
      {"behind the start",
       half_a_stream()
           .chunk(event(
               R"({"id":"c1","choices":[{"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null}]})"))
           .stall()},
      {"comments only", half_a_stream().chunk(": PROCESSING\n\n").stall()}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    HttpStub first([&](const HttpSeen&) { return c.answer; });
    HttpStub second([](const HttpSeen&) { return stream("from the second"); });
    RouterDesk desk;
    desk.settings.first_token = 150ms;
    desk.add_provider("one", first.url("/v1"));
    desk.add_provider("two", second.url("/v1"));
    desk.chain("coordinator", {"one/m", "two/m"});
    std::vector<std::string> heard;
    Ask ask = RouterDesk::question("hello");
    ask.on_event = [&](const json::object& e) { heard.push_back(get_string(e, "type")); };
    const auto answer = desk.ask(std::move(ask));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->ref, "two/m");
    EXPECT_EQ(answer->trail.steps.at(0).reason, Reason::first_token_timeout);
    EXPECT_EQ(std::count(heard.begin(), heard.end(), "start"), 1)
        << "nothing of the first is heard";
  }
}

TEST(RouterFaults, WhatBreaksOffBehindTheFirstPieceIsAnErrorAndNobodyElseIsAsked) {
  const struct {
    const char* name;
    HttpAnswer answer;
    const char* reason;
  } cases[] = {
      {"a stall", half_a_stream().chunk(piece("half")).stall(), "stalled"},
      {"a clean end without an end", half_a_stream().chunk(piece("half")).end(), "cut"},
      {"a lost connection", half_a_stream().chunk(piece("half")).close(), "cut"},
      {"an error",
       half_a_stream()
           .chunk(piece("half"))
           .chunk(event(R"({"error":{"message":"x","type":"server_error","code":"server_error"}})"))
           .end(),
       "server_error"},
      {"garbage", half_a_stream().chunk(piece("half")).chunk("data: {]\n\n").end(), "garbage"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    HttpStub first([&](const HttpSeen&) { return c.answer; });
    HttpStub second([](const HttpSeen&) { return stream("from the second"); });
    RouterDesk desk;
    desk.settings.idle = 150ms;
    desk.add_provider("one", first.url("/v1"));
    desk.add_provider("two", second.url("/v1"));
    desk.chain("coordinator", {"one/m", "two/m"});
    Ask ask = RouterDesk::question("hello");
    ask.on_event = [](const json::object&) {};
    const auto answer = desk.ask(std::move(ask));
    ASSERT_FALSE(answer);
    EXPECT_NE(answer.error().message.find("the answer broke off; one/m: " + std::string(c.reason)),
              std::string::npos)
        << answer.error().message;
    EXPECT_EQ(second.requests().size(), 0u);
    EXPECT_EQ(desk.store->calls(1)->at(0).state, CallState::failed);
    EXPECT_GT(desk.store->calls(1)->at(0).spent.tokens, 0) << "the service may charge for it";
  }
}

TEST(RouterFaults, AHostThatIsNotThereMovesOnAtOnce) {
  HttpStub second([](const HttpSeen&) { return stream("from the second"); });
  const test::TestAuthority authority;
  test::HttpStubOptions tls;
  tls.certificate = authority.issue("IP:127.0.0.1");
  HttpStub stranger([](const HttpSeen&) { return stream("never"); }, tls);
  const struct {
    const char* name;
    std::string url;
    Reason reason;
  } cases[] = {{"refused", "http://127.0.0.1:" + std::to_string(test::closed_port()) + "/v1",
                Reason::unreachable},
               {"no such name", "http://nowhere.invalid/v1", Reason::unreachable},
               {"a certificate that nobody vouches for", stranger.url("/v1"), Reason::tls}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    RouterDesk desk;
    desk.add_provider("one", c.url);
    desk.add_provider("two", second.url("/v1"));
    desk.chain("coordinator", {"one/m", "one/n", "two/m"});
    const auto answer = desk.ask();
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(answer->ref, "two/m");
    ASSERT_EQ(answer->trail.steps.size(), 2u) << "another model of a dead host is not tried";
    EXPECT_EQ(answer->trail.steps[0].reason, c.reason);
  }
}

TEST(RouterFaults, AnExhaustedChainIsAnErrorThatNamesAll) {
  HttpStub first(
      [](const HttpSeen&) { return error(429, openai_error("requests", "rate_limit_exceeded")); });
  HttpStub second([](const HttpSeen&) { return error(503, "<html>busy</html>"); });
  RouterDesk desk;
  desk.add_provider("one", first.url("/v1"));
  desk.add_provider("two", second.url("/v1"));
  desk.chain("coordinator", {"one/m", "two/m"});
  const auto answer = desk.ask();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
  EXPECT_NE(answer.error().message.find("one/m: rate_limited"), std::string::npos)
      << answer.error().message;
  EXPECT_NE(answer.error().message.find("two/m: overloaded"), std::string::npos);
  const auto again = desk.ask();
  ASSERT_FALSE(again);
  EXPECT_NE(again.error().message.find("cooled down for"), std::string::npos)
      << again.error().message;
  EXPECT_EQ(first.requests().size() + second.requests().size(), 2u)
      << "nobody is asked again at once";
  desk.clock.shift = 11s;  // then one is tried, the first that may recover
  static_cast<void>(desk.ask().has_value());
  EXPECT_EQ(first.requests().size() + second.requests().size(), 3u);
}

TEST(RouterFaults, TheLastOneIsTriedAgainForAsLongAsThatIsAllowed) {
  int calls = 0;
  HttpStub only(
      [&](const HttpSeen&) { return ++calls < 3 ? error(503, "busy") : stream("in the end"); });
  RouterDesk desk;
  desk.settings.retry_time = 20s;
  desk.add_provider("one", only.url("/v1"));
  desk.chain("coordinator", {"one/m"});
  const auto answer = desk.ask();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(text_of(*answer), "in the end");
  EXPECT_EQ(answer->trail.steps.size(), 3u);
  EXPECT_TRUE(desk.store->cooldowns()->empty()) << "a good answer ends the cooldown";
}

TEST(RouterFaults, ALongerWaitThanAllowedIsNotWaitedFor) {
  HttpStub only([](const HttpSeen&) {
    return error(429, openai_error("requests", "rate_limit_exceeded"), {{"Retry-After", "3600"}});
  });
  RouterDesk desk;
  desk.settings.retry_time = 20s;
  desk.add_provider("one", only.url("/v1"));
  desk.chain("coordinator", {"one/m"});
  EXPECT_FALSE(desk.ask());
  EXPECT_EQ(only.requests().size(), 1u);
}

}  // namespace
}  // namespace chela::models
