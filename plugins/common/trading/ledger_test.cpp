// Old numbers stay in force, and the third failure in a row is told.
#include "ledger.h"

#include <gtest/gtest.h>

#include "sheet.h"

namespace trading {
namespace {

const Timestamp kNow = *parse_time("2026-11-27T15:00:00Z");

json::value told(const Ledger& ledger) {
  Sheet sheet("paper");
  sheet.add_stale(ledger, kNow + std::chrono::minutes(30));
  return sheet.report("fine").to_json();
}

TEST(Ledger, KeepsTheLastGoodNumbersAcrossRuns) {
  Ledger ledger;
  ledger.take("account", json::object{{"equity", "5"}}, kNow);
  for (int run = 1; run <= 2; ++run) {
    ledger.miss("account", "HTTP 500", kNow + std::chrono::minutes(10 * run));
    const json::value report = told(ledger);
    const json::value kept = ledger.to_json();
    ledger = Ledger(&kept);
    EXPECT_EQ(chela::get_string(report, "status"), "ok");
    EXPECT_EQ(chela::get_string(report, "summary"),
              "[paper] fine; account could not be read (HTTP 500)");
    ASSERT_NE(ledger.document("account"), nullptr);
    EXPECT_EQ(chela::get_string(*ledger.document("account"), "equity"), "5");
  }
  ledger.miss("account", "HTTP 500", kNow + std::chrono::minutes(30));
  const json::value report = told(ledger);
  EXPECT_EQ(chela::get_string(report, "status"), "warn");
  EXPECT_EQ(chela::get_string(report.at("findings").at(0), "key"), "stale");
  EXPECT_EQ(chela::get_string(report.at("findings").at(0), "detail"),
            "account: since 2026-11-27T15:10:00Z; the numbers in use are 30 min old; HTTP 500");
  ledger.take("account", json::object(), kNow);
  EXPECT_TRUE(ledger.stale().empty());
}

TEST(Ledger, GathersWhatFailedForOneReason) {
  Ledger ledger;
  ledger.miss("account", "HTTP 500", kNow);
  ledger.miss("clock", "HTTP 500", kNow);
  ledger.miss("orders", "the answer is no JSON", kNow);
  EXPECT_EQ(chela::get_string(told(ledger), "summary"),
            "[paper] fine; account, clock could not be read (HTTP 500); orders could not be read "
            "(the answer is no JSON)");
  for (int i = 0; i < 3; ++i) ledger.miss("clock", "HTTP 500", kNow);
  for (int i = 0; i < 2; ++i) ledger.miss("orders", "HTTP 502", kNow);
  const json::value report = told(ledger);
  ASSERT_EQ(report.at("findings").as_array().size(), 1u);
  EXPECT_EQ(chela::get_string(report.at("findings").at(0), "title"),
            "[paper] could not be read 4 times in a row: clock, orders");
}

TEST(Ledger, ForgivesAnnouncedMaintenance) {
  Ledger ledger;
  for (int i = 0; i < 9; ++i) {
    ledger.miss("balance", "HTTP 503", kNow);
    ledger.forgive("balance");
  }
  EXPECT_EQ(chela::get_string(told(ledger), "status"), "ok");
}

// The next run's ledger.
Ledger reopened(const Ledger& ledger) {
  const json::value kept = ledger.to_json();
  return Ledger(&kept);
}

TEST(Ledger, ForgetsTheFailuresOfWhatIsNoLongerAsked) {
  Ledger ledger;
  ledger.take("calendar", json::object{{"day", "2026-11-26"}}, kNow);
  for (int run = 0; run < 3; ++run) {
    ledger = reopened(ledger);
    for (const char* name : {"calendar", "positions file /gone", "bot"})
      ledger.miss(name, "HTTP 500", kNow);
  }
  EXPECT_EQ(chela::get_string(told(ledger), "status"), "warn");
  ledger = reopened(ledger);
  ledger.miss("bot", "HTTP 500", kNow);
  const json::value report = told(ledger);
  ASSERT_EQ(report.at("findings").as_array().size(), 1u);
  EXPECT_EQ(chela::get_string(report.at("findings").at(0), "title"),
            "[paper] could not be read 4 times in a row: bot");
  ledger = reopened(ledger);
  EXPECT_TRUE(ledger.stale().empty());
  ASSERT_NE(ledger.document("calendar"), nullptr);
  EXPECT_EQ(ledger.entry("calendar")->misses, 0);
  EXPECT_EQ(ledger.entry("positions file /gone"), nullptr);
  ledger = reopened(ledger);
  ledger.miss("bot", "HTTP 500", kNow);  // the first one again
  EXPECT_EQ(chela::get_string(told(ledger), "status"), "ok");
}

TEST(Ledger, TakesNothingFromADamagedCursor) {
  for (const char* text :
       {"null", "[]", "5", "{\"a\": 5}", R"({"a": {"taken": "x"}})",
        R"({"a": {"doc": null, "taken": 9223372036854775807, "misses": -3, "since": -1e18}})"}) {
    SCOPED_TRACE(text);
    const json::value kept = *chela::parse_json(text);
    const Ledger ledger(&kept);
    EXPECT_FALSE(ledger.has_documents());
    EXPECT_TRUE(ledger.stale().empty());
  }
}

TEST(Sheet, CountsWhatIsTooMuchOfAKind) {
  Sheet sheet("live");
  for (int i = 0; i < 50; ++i)
    sheet.add({.key = "order:" + std::to_string(i), .title = "order is stuck"});
  sheet.add({.key = "bot:x", .severity = Severity::crit, .title = "the bot is dead"});
  const json::value report = sheet.report("fine").to_json();
  EXPECT_EQ(chela::get_string(report, "status"), "crit");
  EXPECT_EQ(chela::get_string(report, "summary"), "[live] the bot is dead (and 50 more)");
  const auto& findings = report.at("findings").as_array();
  ASSERT_EQ(findings.size(), 22u);
  EXPECT_EQ(chela::get_string(findings[0], "key"), "bot:x");
  EXPECT_EQ(chela::get_string(findings[21], "title"), "[live] 30 more of the kind 'order'");
  for (const auto& finding : findings)
    EXPECT_TRUE(chela::get_string(finding, "title").starts_with("[live] "));
}

TEST(Sheet, LeavesOutTheLeastOfAKind) {
  Sheet sheet("live");
  const auto add = [&](Severity severity, int count) {
    for (int i = 0; i < count; ++i) {
      sheet.add({.key = "expiring:" + std::to_string(static_cast<int>(severity)) + "-" +
                        std::to_string(i),
                 .severity = severity,
                 .title = "it expires"});
    }
  };
  add(Severity::info, 30);
  add(Severity::warn, 19);
  add(Severity::crit, 5);
  const json::value report = sheet.report("fine").to_json();
  const auto& findings = report.at("findings").as_array();
  ASSERT_EQ(findings.size(), 21u);
  for (std::size_t i = 0; i < 20; ++i)
    EXPECT_EQ(chela::get_string(findings[i], "severity"), i < 5 ? "crit" : "warn") << i;
  EXPECT_EQ(chela::get_string(findings[20], "key"), "expiring:more");
  EXPECT_EQ(chela::get_string(findings[20], "title"), "[live] 34 more of the kind 'expiring'");
  EXPECT_EQ(chela::get_string(findings[20], "severity"), "warn");
  EXPECT_EQ(chela::get_string(findings[20], "class"), "condition");
}

TEST(Sheet, SaysOnceHowManyEventsItLeavesOut) {
  const auto told = [](int from) {
    Sheet sheet("paper");
    for (int i = from; i < from + 5000; ++i) {
      sheet.add({.key = "activity:" + std::to_string(i),
                 .severity = Severity::info,
                 .title = "settled",
                 .lasting = Lasting::event});
    }
    return sheet.report("fine").to_json();
  };
  const json::value report = told(0);
  EXPECT_EQ(chela::get_string(report, "status"), "ok");
  const auto& more = report.at("findings").as_array().back();
  EXPECT_EQ(chela::get_string(more, "title"), "[paper] 4980 more of the kind 'activity'");
  EXPECT_EQ(chela::get_string(more, "class"), "event");
  EXPECT_EQ(chela::get_string(more, "severity"), "info");
  // The host says a key of an event once: another day's has another one.
  EXPECT_NE(chela::get_string(more, "key"),
            chela::get_string(told(5000).at("findings").as_array().back(), "key"));
}

}  // namespace
}  // namespace trading
