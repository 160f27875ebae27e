// The router when all is well, and what it keeps to: caps, budgets, keys, cancelling.
#include "router_desk.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

namespace chela::models {
namespace {

TEST(Router, AnswersAndWritesDownWhatItDid) {
  HttpStub server([](const HttpSeen&) {
    return HttpAnswer::chunked(200, {{"Content-Type", "text/event-stream"}})
        .chunk(piece("one "))
        .chunk(piece("two"))
        .chunk(finish())
        .end();
  });
  RouterDesk desk;
  Model model = *desk.settings.catalog.find("one/m");
  model.prices = Prices{*parse_usd("1"), *parse_usd("2"), {}, {}, {}};
  model.is_known = true;
  desk.settings.catalog.put(model);
  desk.add_provider("one", server.url("/v1"));
  desk.chain("coordinator", {"one/m"});
  std::vector<std::string> heard;
  Ask ask = RouterDesk::question("hello");
  ask.on_event = [&](const json::object& e) {
    heard.push_back(get_string(e, "type") + get_string(e, "text"));
  };
  const auto answer = desk.ask(std::move(ask));
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(heard, (std::vector<std::string>{"start", "textone ", "texttwo"}));
  EXPECT_EQ(text_of(*answer), "one two");
  EXPECT_EQ(answer->stop, "end");
  const auto call = **desk.store->call(answer->id);
  EXPECT_EQ(call.state, CallState::done);
  EXPECT_EQ(call.usage.input_tokens, 10);
  EXPECT_EQ(call.usage.output_tokens, 5);
  EXPECT_EQ(call.spent.usd, *parse_usd("0.00002"));
  EXPECT_TRUE(call.is_priced && call.first_token && call.total);
  EXPECT_EQ(get_string(call.explain, "chosen"), "one/m");
  EXPECT_EQ(server.requests()[0].field("authorization"), "Bearer value-of-env:KEY");
}

// One call that is answered, and what another program sees of it.
struct OneCall {
  OneCall() {
    desk.add_provider("one", server.url("/v1"));
    desk.chain("coordinator", {"one/m"});
    const auto answer = desk.ask();
    EXPECT_TRUE(answer) << answer.error().message;
    if (answer) id = answer->id;
  }
  std::filesystem::path file() const { return desk.folder / "models.db"; }
  CallState state() {
    auto other = Store::open(file(), desk.clock.now());
    const auto row = other ? other->call(id) : fail(other.error());
    EXPECT_TRUE(row && *row) << "no call '" << id << "'";
    return row && *row ? (*row)->state : CallState::failed;
  }
  // Nothing but the loop turns until it is settled.
  bool is_settled_in_a_while() {
    const auto until = std::chrono::steady_clock::now() + 20s;
    while (state() != CallState::done && std::chrono::steady_clock::now() < until)
      desk.loop.run_one_for(50ms);
    return state() == CallState::done;
  }

  HttpStub server{[](const HttpSeen&) { return stream("ok"); }};
  RouterDesk desk;
  std::string id;
};

TEST(Router, SettlesAlsoWhereNobodyAsksAndNobodyCallsAgain) {
  OneCall call;
  EXPECT_TRUE(call.is_settled_in_a_while());
}

TEST(Router, SettlesAgainWhatCouldNotBeSettled) {
  OneCall call;
  const auto away = call.desk.folder / "away.db";
  std::filesystem::rename(call.file(), away);
  call.desk.router->catch_up();
  std::filesystem::rename(away, call.file());
  EXPECT_EQ(call.state(), CallState::active);
  EXPECT_TRUE(call.is_settled_in_a_while());
}

// Else whoever prints its answer slowly would hold its place.
TEST(Router, CatchesUpWhenItIsTold) {
  OneCall call;
  call.desk.router->catch_up();
  EXPECT_EQ(call.state(), CallState::done);
}

// A service that tells no usage, and answers more than was asked for.
TEST(Router, CountsAtOnceWhatTookMoreThanWasSetAside) {
  HttpStub server([](const HttpSeen&) {
    return HttpAnswer::chunked(200, {{"Content-Type", "text/event-stream"}})
        .chunk(piece(std::string(20'000, 'a')))
        .chunk(event(R"({"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})") +
               "data: [DONE]\n\n")
        .end();
  });
  RouterDesk desk;
  desk.settings.budgets = {{Period::day, "", "", {}, 10'000, false}};
  desk.add_provider("one", server.url("/v1"));
  desk.chain("coordinator", {"one/m"});
  const auto question = [] {
    Ask ask = RouterDesk::question("hello");
    ask.chat.max_output_tokens = 100;
    return ask;
  };
  ASSERT_TRUE(desk.ask(question()));
  EXPECT_EQ(desk.notices.size(), 1u);
  const auto second = desk.ask(question());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::resource_exhausted) << second.error().message;
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(Router, SendsTheKeyNowhereButWhereTheManifestLetsIt) {
  HttpStub server([](const HttpSeen&) { return stream("never"); });
  RouterDesk desk;
  desk.add_provider("one", server.url("/v1"));
  desk.settings.providers["one"].origins = {"https://api.example.org"};
  desk.chain("coordinator", {"one/m"});
  const auto answer = desk.ask();
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("which its manifest does not allow"), std::string::npos)
      << answer.error().message;
  EXPECT_TRUE(server.requests().empty());
}

TEST(Router, RefusesKeysThatAServiceForbids) {
  HttpStub server([](const HttpSeen&) { return stream("never"); });
  RouterDesk desk;
  desk.add_provider("one", server.url("/v1"));
  desk.settings.providers["one"].refused_keys = {{"value-of", "that is the token of a plan"}};
  desk.chain("coordinator", {"one/m"});
  const auto answer = desk.ask();
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("that is the token of a plan"), std::string::npos)
      << answer.error().message;
  EXPECT_EQ(answer.error().message.find("value-of"), std::string::npos);
  EXPECT_TRUE(server.requests().empty());
}

TEST(Router, UsesSeveralKeysInTurnAndLeavesOutTheLimitedOne) {
  HttpStub server([](const HttpSeen& seen) {
    return seen.field("authorization") == "Bearer value-of-env:B"
               ? error(429, openai_error("requests", "rate_limit_exceeded"))
               : stream("ok");
  });
  RouterDesk desk;
  desk.add_provider("one", server.url("/v1"), {"env:A", "env:B", "env:C"});
  desk.chain("coordinator", {"one/m"});
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(desk.ask());
  std::map<std::string, int> count;
  for (const auto& seen : server.requests()) ++count[seen.field("authorization")];
  EXPECT_EQ(count["Bearer value-of-env:B"], 1);
  EXPECT_GE(count["Bearer value-of-env:A"], 2);
  EXPECT_GE(count["Bearer value-of-env:C"], 2);
}

TEST(Router, ReadsARefusedKeyOnceMore) {
  HttpStub server([](const HttpSeen& seen) {
    return seen.field("authorization") == "Bearer new"
               ? stream("ok")
               : error(401, openai_error("invalid_request_error", "invalid_api_key"));
  });
  RouterDesk desk;
  desk.add_provider("one", server.url("/v1"));
  desk.keys.values["env:KEY"] = {"old", "new"};
  desk.chain("coordinator", {"one/m"});
  const auto answer = desk.ask();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_TRUE(desk.store->cooldowns()->empty());
}

TEST(Router, HonoursLimitsThatTheServiceAnnounces) {
  HttpStub first([](const HttpSeen&) {
    return HttpAnswer::chunked(200, {{"Content-Type", "text/event-stream"},
                                     {"x-ratelimit-limit-requests", "60"},
                                     {"x-ratelimit-remaining-requests", "0"},
                                     {"x-ratelimit-reset-requests", "30s"}})
        .chunk(piece("first"))
        .chunk(finish())
        .end();
  });
  HttpStub second([](const HttpSeen&) { return stream("second"); });
  RouterDesk desk;
  desk.add_provider("one", first.url("/v1"));
  desk.add_provider("two", second.url("/v1"));
  desk.chain("coordinator", {"one/m", "two/m"});
  EXPECT_EQ(desk.ask()->ref, "one/m");
  EXPECT_EQ(desk.ask()->ref, "two/m");
  desk.reopen();
  EXPECT_EQ(desk.ask()->ref, "two/m") << "a restart forgets no limit";
  desk.clock.shift = 31s;
  EXPECT_EQ(desk.ask()->ref, "one/m");
}

TEST(Router, CountsTriesThatFailedTowardsTheCapsOfAProvider) {
  HttpStub first([](const HttpSeen&) { return HttpAnswer::whole(404, "{}"); });
  HttpStub second([](const HttpSeen&) { return stream("second"); });
  RouterDesk desk;
  desk.add_provider("one", first.url("/v1"));
  desk.add_provider("two", second.url("/v1"));
  desk.settings.providers["one"].caps.all.requests_per_minute = 2;
  desk.chain("coordinator", {"one/a", "one/b", "one/c", "two/m"});
  const auto answer = desk.ask();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->ref, "two/m");
  EXPECT_EQ(first.requests().size(), 2u);
}

TEST(Router, CountsTowardsTheCapsWhatATryTookOnceThatIsKnown) {
  HttpStub first([](const HttpSeen&) { return stream("first"); });
  HttpStub second([](const HttpSeen&) { return stream("second"); });
  RouterDesk desk;
  desk.add_provider("one", first.url("/v1"));
  desk.add_provider("two", second.url("/v1"));
  desk.settings.providers["one"].caps.per_key.tokens_per_minute = 10'000;
  desk.chain("coordinator", {"one/m", "two/m"});
  Ask large = RouterDesk::question("x");
  large.chat.max_output_tokens = 9'000;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(desk.ask(large)->ref, "one/m");
  large.chat.max_output_tokens = 11'000;
  EXPECT_EQ(desk.ask(large)->ref, "two/m");
}

TEST(Router, KeepsToTheCapsOfAProvider) {
  HttpStub first([](const HttpSeen&) { return stream("first"); });
  HttpStub second([](const HttpSeen&) { return stream("second"); });
  RouterDesk desk;
  desk.add_provider("one", first.url("/v1"));
  desk.add_provider("two", second.url("/v1"));
  desk.settings.providers["one"].caps.all.requests_per_minute = 2;
  desk.chain("coordinator", {"one/m", "two/m"});
  EXPECT_EQ(desk.ask()->ref, "one/m");
  EXPECT_EQ(desk.ask()->ref, "one/m");
  EXPECT_EQ(desk.ask()->ref, "two/m");
}

// Many calls at once, each with its own cancel signal.
struct Crowd {
  explicit Crowd(RouterDesk& the_desk) : desk(the_desk) {}
  void add(Ask ask) {
    const std::size_t number = signals.size();
    signals.push_back(std::make_unique<asio::cancellation_signal>());
    asio::co_spawn(desk.loop, desk.router->ask(std::move(ask)),
                   asio::bind_cancellation_slot(
                       signals.back()->slot(),
                       [this, number](std::exception_ptr error, Result<Answer> answer) {
                         ++done;
                         if (error) return;
                         (answer ? good : bad).push_back(number);
                         if (!answer) words = answer.error().message;
                       }));
  }
  void run() {
    while (done < signals.size() && desk.loop.run_one() > 0) {
    }
    desk.loop.restart();
  }
  RouterDesk& desk;
  std::vector<std::unique_ptr<asio::cancellation_signal>> signals;
  std::vector<std::size_t> good, bad;
  std::size_t done = 0;
  std::string words;
};

TEST(Router, LetsNoMoreThroughThanTheCapInTheOrderInWhichTheyCame) {
  HttpStub server([](const HttpSeen&) {
    return HttpAnswer::chunked(200, {{"Content-Type", "text/event-stream"}})
        .chunk(piece("a"))
        .pause(5ms)
        .chunk(finish())
        .end();
  });
  RouterDesk desk;
  desk.settings.max_concurrent = 4;
  desk.add_provider("one", server.url("/v1"));
  desk.chain("coordinator", {"one/m"});
  Crowd crowd(desk);
  for (int i = 0; i < 64; ++i) crowd.add(RouterDesk::question("number " + std::to_string(i)));
  crowd.run();
  EXPECT_EQ(crowd.good.size(), 64u) << crowd.words;
  EXPECT_LE(server.max_in_flight(), 4);
  EXPECT_GE(server.max_in_flight(), 2);
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 64u);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const auto body = parse_json(requests[i].body);
    const std::string text = json::serialize(*body);
    const std::size_t at = text.find("number ") + 7;
    const auto number = static_cast<std::size_t>(std::atoi(text.c_str() + at));
    EXPECT_LE(number, i + 4) << "overtaken";
    EXPECT_GE(number + 4, i);
  }
}

TEST(Router, CancelledCallersLeaveTheQueueAndTheServiceAtOnce) {
  HttpStub server([](const HttpSeen&) {
    return HttpAnswer::chunked(200, {{"Content-Type", "text/event-stream"}})
        .chunk(piece("a"))
        .stall();
  });
  RouterDesk desk;
  desk.settings.max_concurrent = 1;
  desk.settings.idle = 60s;
  desk.add_provider("one", server.url("/v1"));
  desk.chain("coordinator", {"one/m"});
  Crowd crowd(desk);
  int place = 0;
  crowd.add(RouterDesk::question("first"));
  Ask second = RouterDesk::question("second");
  second.on_wait = [&](int position) { place = position; };
  crowd.add(std::move(second));
  while (place == 0 || server.requests().empty()) desk.loop.run_one();
  EXPECT_EQ(place, 1);
  EXPECT_EQ(desk.store->in_flight()->size(), 2u);
  crowd.signals[1]->emit(asio::cancellation_type::terminal);
  while (crowd.done < 1) desk.loop.run_one();
  EXPECT_EQ(desk.store->in_flight()->size(), 1u);
  crowd.signals[0]->emit(asio::cancellation_type::terminal);
  crowd.run();
  EXPECT_TRUE(desk.store->in_flight()->empty());
  EXPECT_TRUE(HttpStub::eventually([&] { return server.abandoned() == 1; }));
  const auto call = desk.store->calls(1)->at(0);
  EXPECT_EQ(call.reason, "cancelled");
}

TEST(Router, WaitsForItsTurnOnlySoLong) {
  HttpStub server([](const HttpSeen&) { return HttpAnswer().stall(); });
  RouterDesk desk;
  desk.settings.max_concurrent = 1;
  desk.settings.first_token = 400ms;
  desk.settings.queue_deadline = 50ms;
  desk.add_provider("one", server.url("/v1"));
  desk.chain("coordinator", {"one/m"});
  Crowd crowd(desk);
  crowd.add(RouterDesk::question("first"));
  crowd.add(RouterDesk::question("second"));
  while (crowd.done < 1) desk.loop.run_one();
  EXPECT_EQ(crowd.bad, (std::vector<std::size_t>{1}));
  EXPECT_NE(crowd.words.find("it is number 1 of those that wait"), std::string::npos)
      << crowd.words;
  crowd.run();
}

TEST(Router, NeverSettlesMoreThanTheBudgetOfParallelCalls) {
  // Each answer costs 0.05 USD: 5,000 tokens in at 1 USD and 22,500 out at 2 USD a million.
  HttpStub server([](const HttpSeen&) {
    return HttpAnswer::chunked(200, {{"Content-Type", "text/event-stream"}})
        .chunk(piece("a"))
        .chunk(
            event(R"({"id":"c1","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})") +
            event(
                R"({"id":"c1","choices":[],"usage":{"prompt_tokens":5000,"completion_tokens":22500,"total_tokens":27500}})") +
            "data: [DONE]\n\n")
        .end();
  });
  RouterDesk desk;
  Model model = *desk.settings.catalog.find("one/m");
  model.prices =
      Prices{*parse_usd("1"), *parse_usd("2"), *parse_usd("1"), *parse_usd("1"), *parse_usd("1")};
  model.is_known = true;
  desk.settings.catalog.put(model);
  desk.settings.max_concurrent = 50;
  desk.settings.budgets = {{Period::day, "", "", *parse_usd("1.00"), {}, false}};
  desk.add_provider("one", server.url("/v1"));
  desk.chain("coordinator", {"one/m"});
  Crowd crowd(desk);
  for (int i = 0; i < 50; ++i) {
    Ask ask = RouterDesk::question(std::string(10'000, 'x'));  // 5,000 tokens and some, from above
    ask.chat.max_output_tokens = 22'500;
    crowd.add(std::move(ask));
  }
  crowd.run();
  const auto spent = desk.store->spent({}, "2026-11-27")->usd;
  EXPECT_LE(spent, *parse_usd("1.00"));
  EXPECT_GE(spent, *parse_usd("0.90"));
  EXPECT_EQ(spent.nanos, static_cast<std::int64_t>(crowd.good.size()) * 50'000'000);
  EXPECT_NE(crowd.words.find("the budget of 1 USD a day has no room"), std::string::npos)
      << crowd.words;
  ASSERT_FALSE(desk.notices.empty());
  EXPECT_LE(desk.notices.size(), 2u) << "at 80 % and at its end, once each";
  EXPECT_GE(desk.notices[0].percent, 80);
}

TEST(Router, TakesTheCheapestAtTheLimitWhereThatIsWanted) {
  HttpStub dear([](const HttpSeen&) { return stream("dear"); });
  HttpStub cheap([](const HttpSeen&) { return stream("cheap"); });
  RouterDesk desk;
  for (const auto& [ref, price] : {std::pair{"one/m", "100"}, std::pair{"two/m", "0"}}) {
    Model model = *desk.settings.catalog.find(ref);
    model.prices = Prices{*parse_usd(price), *parse_usd(price), {}, {}, {}};
    model.is_known = true;
    desk.settings.catalog.put(model);
  }
  desk.settings.budgets = {{Period::day, "", "", *parse_usd("0.10"), {}, false}};
  desk.add_provider("one", dear.url("/v1"));
  desk.add_provider("two", cheap.url("/v1"));
  desk.chain("coordinator", {"one/m", "two/m"});
  const auto refused = desk.ask();
  ASSERT_FALSE(refused) << "8,192 tokens of output at 100 USD a million do not fit";
  EXPECT_EQ(refused.error().code, ErrorCode::resource_exhausted);
  desk.settings.at_limit = AtLimit::cheapest;
  const auto answer = desk.ask();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->ref, "two/m");
}

TEST(Router, BudgetsModelsWithoutAPriceInTokens) {
  HttpStub server([](const HttpSeen&) { return stream("ok"); });
  RouterDesk desk;
  desk.settings.budgets = {{Period::day, "", "", *parse_usd("0.10"), {}, false}};
  desk.settings.max_output_tokens = 600'000;
  desk.add_provider("one", server.url("/v1"));
  desk.chain("coordinator", {"one/m"});
  const auto answer = desk.ask();
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("500,000 tokens a day"), std::string::npos)
      << answer.error().message;
}

TEST(Router, AsksNobodyElseThanTheModelThatSomebodyNamed) {
  HttpStub first([](const HttpSeen&) { return error(500, ""); });
  HttpStub second([](const HttpSeen&) { return stream("second"); });
  RouterDesk desk;
  desk.add_provider("one", first.url("/v1"));
  desk.add_provider("two", second.url("/v1"));
  desk.chain("coordinator", {"one/m", "two/m"});
  Ask ask = RouterDesk::question("hello");
  ask.model = "one/m";
  EXPECT_FALSE(desk.ask(std::move(ask)));
  EXPECT_TRUE(second.requests().empty());
}

TEST(Router, GivesTheSameEventsThroughAWorkerAsInsideTheHost) {
  HttpStub server([](const HttpSeen&) {
    return HttpAnswer::chunked(200, {{"Content-Type", "text/event-stream"}})
        .chunk(piece("one "))
        .chunk(piece("t\\u00fcwo"))
        .chunk(finish())
        .end();
  });
  std::vector<std::string> heard[2];
  for (const auto isolation : {config::Isolation::host, config::Isolation::process}) {
    RouterDesk desk(isolation);
    desk.add_provider("one", server.url("/v1"));
    desk.chain("coordinator", {"one/m"});
    Ask ask = RouterDesk::question("hello");
    auto& into = heard[isolation == config::Isolation::host ? 0 : 1];
    ask.on_event = [&](const json::object& e) { into.push_back(json::serialize(e)); };
    const auto answer = desk.ask(std::move(ask));
    ASSERT_TRUE(answer) << answer.error().message;
    into.push_back(json::serialize(to_json(answer->message)));
    desk.router->end_providers();
  }
  EXPECT_FALSE(heard[0].empty());
  EXPECT_EQ(heard[0], heard[1]);
}

// A model whose last twenty first tokens came at once, and which is slow now.
void make_usually_quick(RouterDesk& desk, const std::string& ref) {
  for (int i = 0; i < 20; ++i) {
    CallRow row;
    row.id = "past-" + std::to_string(i);
    row.day = "2026-11-26";
    row.role = "coordinator";
    ASSERT_TRUE(desk.store->enter(row, 1000));
    row.state = CallState::done;
    row.ref = ref;
    row.first_token = 20ms;
    ASSERT_TRUE(desk.store->settle(row));
  }
}

TEST(Router, AsksASecondModelWhereTheFirstIsUnusuallySlow) {
  const struct {
    const char* name;
    HttpAnswer first;
    bool has_hedge;
    const char* answer;
    std::size_t asked_second;
  } cases[] = {
      {"off",
       HttpAnswer::chunked(200, {{"Content-Type", "text/event-stream"}})
           .pause(150ms)
           .chunk(piece("first"))
           .chunk(finish())
           .end(),
       false, "first", 0},
      {"it goes on being slow",
       HttpAnswer::chunked(200, {{"Content-Type", "text/event-stream"}}).stall(), true, "second",
       1},
      {"it is quick as ever", stream("first"), true, "first", 0},
      {"it fails before", error(503, "busy"), true, "second", 1},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    HttpStub first([&](const HttpSeen&) { return c.first; });
    HttpStub second([](const HttpSeen&) { return stream("second"); });
    RouterDesk desk;
    desk.settings.has_hedge = c.has_hedge;
    desk.add_provider("one", first.url("/v1"));
    desk.add_provider("two", second.url("/v1"));
    desk.chain("coordinator", {"one/m", "two/m"});
    make_usually_quick(desk, "one/m");
    std::string heard;
    Ask ask = RouterDesk::question("hello");
    ask.on_event = [&](const json::object& e) { heard += get_string(e, "text"); };
    const auto answer = desk.ask(std::move(ask));
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_EQ(text_of(*answer), c.answer);
    EXPECT_EQ(heard, c.answer) << "only one of them is heard";
    EXPECT_EQ(second.requests().size(), c.asked_second);
    EXPECT_TRUE(desk.store->in_flight()->empty());
    if (c.asked_second == 0) {
      EXPECT_EQ(answer->trail.steps.size(), 1u);
      EXPECT_EQ(desk.store->calls(1)->at(0).spent.tokens, 15) << "nobody else is charged for";
    }
    if (std::string(c.name) == "it goes on being slow") {
      EXPECT_TRUE(HttpStub::eventually([&] { return first.abandoned() == 1; }));
      EXPECT_GT(desk.store->calls(1)->at(0).spent.tokens, 15) << "the overtaken prompt counts";
    }
  }
}

TEST(Router, HedgesOnlyWhereTheBudgetHasRoomForBoth) {
  HttpStub first([](const HttpSeen&) {
    return HttpAnswer::chunked(200, {{"Content-Type", "text/event-stream"}})
        .pause(100ms)
        .chunk(piece("first"))
        .chunk(finish())
        .end();
  });
  HttpStub second([](const HttpSeen&) { return stream("second"); });
  RouterDesk desk;
  desk.settings.has_hedge = true;
  desk.settings.budgets = {{Period::day, "", "", {}, 12'000, false}};
  desk.add_provider("one", first.url("/v1"));
  desk.add_provider("two", second.url("/v1"));
  desk.chain("coordinator", {"one/m", "two/m"});
  make_usually_quick(desk, "one/m");
  EXPECT_EQ(desk.ask()->ref, "one/m");
  EXPECT_TRUE(second.requests().empty());
}

TEST(Router, CountsTriesThatFailedAgainstTheBudget) {
  HttpStub cut([](const HttpSeen&) {
    return HttpAnswer::chunked(200, {{"Content-Type", "text/event-stream"}}).end();
  });
  HttpStub good([](const HttpSeen&) { return stream("good"); });
  RouterDesk desk;
  desk.settings.budgets = {{Period::day, "", "", {}, 12'000, false}};
  desk.add_provider("one", cut.url("/v1"));
  desk.add_provider("two", good.url("/v1"));
  desk.chain("coordinator", {"one/a", "one/b", "one/c", "two/m"});
  Ask ask = RouterDesk::question(std::string(16'000, 'x'));
  ask.chat.max_output_tokens = 1000;
  const auto answer = desk.ask(std::move(ask));
  EXPECT_FALSE(answer) << "the second try has no room beside the first";
  EXPECT_LE(desk.store->spent({}, "2026-11-27")->tokens, 12'000);
  EXPECT_EQ(cut.requests().size(), 1u);
}

TEST(Router, KeepsWhatFailedTriesCostWhereTheCallerLeaves) {
  HttpStub cut([](const HttpSeen&) {
    return HttpAnswer::chunked(200, {{"Content-Type", "text/event-stream"}}).end();
  });
  HttpStub stalls([](const HttpSeen&) { return HttpAnswer::whole(500, ""); });
  RouterDesk desk;
  desk.settings.retry_time = 60s;
  desk.add_provider("one", cut.url("/v1"));
  desk.add_provider("two", stalls.url("/v1"));
  desk.chain("coordinator", {"one/m", "two/m"});
  Crowd crowd(desk);
  crowd.add(RouterDesk::question(std::string(1000, 'x')));
  while (stalls.requests().empty()) desk.loop.run_one();
  crowd.signals[0]->emit(asio::cancellation_type::terminal);
  crowd.run();
  EXPECT_GE(desk.store->spent({}, "2026-11-27")->tokens, 500);
}

TEST(Router, HidesAKeyThatIsCutInTheMiddle) {
  HttpStub server([](const HttpSeen& seen) {
    std::string words;
    for (int i = 0; i < 136; ++i) words += "x ";
    return error(401, openai_error("invalid_request_error", "invalid_api_key",
                                   words + seen.field("authorization")));
  });
  RouterDesk desk;
  desk.add_provider("one", server.url("/v1"));
  desk.keys.values["env:KEY"] = {"Tr0ubador-violet-mango-orbit-7731"};
  desk.chain("coordinator", {"one/m"});
  const auto answer = desk.ask();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message.find("Tr0ubador"), std::string::npos) << answer.error().message;
  EXPECT_EQ(json::serialize(desk.store->calls(1)->at(0).explain).find("Tr0ubador"),
            std::string::npos);
}

TEST(Router, TakesAKeyWithALineBreakForNoKeyAndMovesOn) {
  HttpStub first([](const HttpSeen&) { return stream("never"); });
  HttpStub second([](const HttpSeen&) { return stream("second"); });
  RouterDesk desk;
  desk.add_provider("one", first.url("/v1"), {"env:BROKEN"});
  desk.add_provider("two", second.url("/v1"));
  desk.keys.values["env:BROKEN"] = {"sk-one\nsk-two"};
  desk.chain("coordinator", {"one/m", "two/m"});
  const auto answer = desk.ask();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->ref, "two/m");
  EXPECT_NE(answer->trail.steps[0].why.find("holds a line break"), std::string::npos);
  EXPECT_TRUE(desk.store->cooldowns()->empty()) << "a person puts that right";
}

TEST(Router, LeavesSiblingsOfALimitedModelAlone) {
  HttpStub server([](const HttpSeen& seen) {
    return seen.body.find("\"limited\"") == std::string::npos
               ? stream("sibling")
               : error(429, openai_error("requests", "rate_limit_exceeded"),
                       {{"x-ratelimit-limit-requests", "60"},
                        {"x-ratelimit-remaining-requests", "0"},
                        {"x-ratelimit-reset-requests", "3m0s"}});
  });
  RouterDesk desk;
  desk.add_provider("one", server.url("/v1"));
  desk.chain("coordinator", {"one/limited", "one/other"});
  const auto answer = desk.ask();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->ref, "one/other");
}

TEST(Router, DoesNotStandInItsOwnWay) {
  int calls = 0;
  HttpStub server([&](const HttpSeen&) { return ++calls == 1 ? error(500, "") : stream("ok"); });
  RouterDesk desk;
  desk.settings.retry_time = 10s;
  desk.add_provider("one", server.url("/v1"));
  desk.settings.providers["one"].caps.all.concurrent = 1;
  desk.chain("coordinator", {"one/m"});
  EXPECT_TRUE(desk.ask());
}

TEST(Router, EndsAnAnswerThatIsLongerThanWhatWasAskedFor) {
  HttpStub server([](const HttpSeen&) {
    auto answer = HttpAnswer::chunked(200, {{"Content-Type", "text/event-stream"}});
    for (int i = 0; i < 100; ++i) answer.chunk(piece(std::string(10'000, 'x')));
    return answer.chunk(finish()).end();
  });
  RouterDesk desk;
  desk.add_provider("one", server.url("/v1"));
  desk.chain("coordinator", {"one/m"});
  Ask ask = RouterDesk::question("hello");
  ask.chat.max_output_tokens = 100;
  const auto answer = desk.ask(std::move(ask));
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("too_long"), std::string::npos) << answer.error().message;
}

TEST(Router, PassesOverWhatIsNoModel) {
  HttpStub server([](const HttpSeen&) { return stream("ok"); });
  RouterDesk desk;
  desk.add_provider("one", server.url("/v1"));
  desk.chain("coordinator", {"badref", "one/m"});
  const auto answer = desk.ask();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->trail.steps[0].why, "no provider 'badref' is configured");
}

TEST(Router, KeepsWhatIsTooLargeAwayFromWorkers) {
  HttpStub server([](const HttpSeen&) { return stream("ok"); });
  RouterDesk desk(config::Isolation::process);
  desk.add_provider("one", server.url("/v1"));
  desk.chain("coordinator", {"one/m"});
  const auto answer = desk.ask(RouterDesk::question(std::string(5 << 20, '"')));
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("too large for a worker (5 MiB)"), std::string::npos)
      << answer.error().message;
  EXPECT_TRUE(desk.faults.empty()) << "it is not the plugin's fault";
}

}  // namespace
}  // namespace chela::models
