// What still stands while it cannot be read, and when refused keys are accepted again.
#include "standing.h"

#include <gtest/gtest.h>

#include "memory.h"

namespace trading {
namespace {

const Timestamp kNow = *parse_time("2026-11-27T15:00:00Z");

Standing standing_of(const std::vector<Line>& lines) {
  Sheet sheet("paper");
  for (const auto& line : lines) sheet.add(line);
  const json::value kept = Standing(sheet).to_json();
  return Standing(&kept);
}

TEST(Standing, KeepsConditionsOfAKindThatAreNotToldNow) {
  const Standing standing =
      standing_of({{.key = "order:1", .title = "first", .detail = "d", .part = "p"},
                   {.key = "order:2", .severity = Severity::crit, .title = "second"},
                   {.key = "order:3", .title = "third"},
                   {.key = "orders", .title = "of another kind"},
                   {.key = "order:4", .title = "an event", .lasting = Lasting::event}});
  Sheet sheet("paper");
  sheet.add({.key = "order:1", .title = "told now"});
  standing.keep(sheet, "order", [](const Line& line) { return subject_of(line) != "3"; });
  ASSERT_EQ(sheet.lines().size(), 2u);
  EXPECT_EQ(sheet.lines()[0].title, "told now");
  EXPECT_EQ(sheet.lines()[1].title, "second");
  EXPECT_EQ(sheet.worst(), Severity::crit);
}

TEST(Standing, IsTheSameAfterTheCursor) {
  const Standing standing =
      standing_of({{.key = "unknown:A", .title = "t", .detail = "d", .part = "positions file /p"}});
  EXPECT_EQ(json::serialize(standing.to_json()),
            R"([{"key":"unknown:A","severity":2,"title":"t","detail":"d",)"
            R"("part":"positions file /p"}])");
}

TEST(Standing, PassesOverWhatItNeverWrote) {
  const json::value kept = *chela::parse_json(
      R"([1, {}, {"key": "a", "severity": 9, "title": "t"}, {"key": 2, "severity": 2}])");
  EXPECT_TRUE(Standing(&kept).is_empty());
  EXPECT_TRUE(Standing(nullptr).is_empty());
  json::array many(500, json::object{{"key", "a"}, {"severity", 2}, {"title", "t"}});
  const json::value long_list = many;
  EXPECT_EQ(Standing(&long_list).to_json().size(), Standing::kMost);
}

// Asks for account and orders with these outcomes (0: the connection drops; -1: not asked).
void run(Memory& memory, int account, int orders) {
  const json::value cursor = to_json(memory, "o");
  memory = recall(cursor, "o");
  Asker asker(memory.ledger, kNow);
  const auto ask = [&](const char* name, int status) {
    if (status == -1) return;
    const auto read = [&]() -> Reading {
      if (status == 0) return read_reply(chela::fail(chela::ErrorCode::unavailable, "down"), kNow);
      chela::FetchReply reply;
      reply.status = status;
      reply.body = "{}";
      return read_reply(reply, kNow);
    };
    asker.ask(name, read, [](const json::value& all) { return chela::Result<json::value>(all); });
  };
  ask("account", account);
  ask("orders", orders);
  remember_refusal(memory, asker, "account");
}

TEST(Refusal, LastsUntilThePartThatMetItIsAnswered) {
  const struct {
    const char* name;
    std::vector<std::pair<int, int>> runs;
    bool is_refused;
  } cases[] = {
      {"never", {{200, 200}, {0, 0}}, false},
      {"refused", {{401, 401}}, true},
      {"and dropped", {{401, 401}, {0, 0}}, true},
      {"and dropped often", {{401, 401}, {0, 0}, {500, 500}, {429, 0}, {0, 0}}, true},
      {"and another is answered", {{401, 401}, {500, 200}}, true},
      {"and answered", {{401, 401}, {0, 0}, {200, 200}}, false},
      {"and answered, the rest drops", {{401, 401}, {200, 0}}, false},
      {"one part of it", {{200, 403}, {200, 0}}, true},
      {"one part of it, answered", {{200, 403}, {200, 0}, {0, 200}}, true},  // nothing after a drop
      {"one part of it, really answered", {{200, 403}, {200, 0}, {500, 200}}, false},
      {"one part of it, which is not asked any more", {{200, 403}, {200, -1}}, false},
      {"nothing is asked at all", {{200, 403}, {-1, -1}}, true},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Memory memory;
    for (const auto& [account, orders] : c.runs) run(memory, account, orders);
    EXPECT_EQ(memory.refusal.has_value(), c.is_refused);
  }
}

// Whether the summary names what could not be read, and whether `stale` is told.
std::pair<bool, bool> told(const Memory& memory) {
  Sheet sheet("paper");
  if (memory.refusal) sheet.add({.key = "access", .severity = Severity::crit, .title = "refused"});
  sheet.add_stale(memory.ledger, kNow);
  const json::value report = sheet.report("fine").to_json();
  const std::string summary = chela::get_string(report, "summary");
  return {summary.find("could not be read (") != std::string::npos, sheet.has("stale")};
}

TEST(Refusal, NeitherOpensNorClosesStale) {
  const struct {
    const char* name;
    std::vector<int> runs;
    bool is_noted, is_stale;
  } cases[] = {
      {"refused often", {401, 401, 401, 401}, false, false},
      {"refused and dropped", {401, 0, 500, 0, 0}, false, false},
      {"stale, then refused", {200, 0, 0, 0, 401}, false, true},
      {"stale, refused, dropped", {200, 0, 0, 0, 401, 0}, false, true},
      {"accepted again", {401, 401, 401, 200}, false, false},
      {"accepted again, then dropped", {401, 401, 200, 0}, true, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Memory memory;
    for (const int status : c.runs) run(memory, status, status);
    const auto [is_noted, is_stale] = told(memory);
    EXPECT_EQ(is_noted, c.is_noted);
    EXPECT_EQ(is_stale, c.is_stale);
  }
}

TEST(Asker, BelievesANarrowerScopeAfterThreeRefusals) {
  Ledger ledger;
  const auto ask = [&](int status) {
    chela::FetchReply reply;
    reply.status = status;
    reply.body = R"({"ends": 1})";
    Asker asker(ledger, kNow);
    asker.ask(
        "keys", [&] { return read_reply(reply, kNow); },
        [](const json::value& all) { return chela::Result<json::value>(all); },
        Importance::optional);
    return chela::get_int(*ledger.document("keys"), "ends") == 1;
  };
  EXPECT_FALSE(ask(403));  // there was nothing before
  EXPECT_TRUE(ask(200));
  EXPECT_TRUE(ask(403));
  EXPECT_TRUE(ask(401));
  EXPECT_FALSE(ask(404));
  EXPECT_FALSE(ledger.is_stale("keys"));
}

}  // namespace
}  // namespace trading
