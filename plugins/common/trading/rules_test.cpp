// Falls of an account, the habit of trading, and what a bot believes it holds.
#include <gtest/gtest.h>

#include "drawdown.h"
#include "habit.h"
#include "holdings.h"

namespace trading {
namespace {

Decimal amount(std::string_view text) {
  return Decimal::parse(text).value();
}

TEST(Fall, IsJudgedByItsShare) {
  const FallLimits limits{{300}, {800}};
  const struct {
    const char *name, *value, *reference;
    Severity severity;
  } cases[] = {
      {"a gain", "101", "100", Severity::none},
      {"level", "100", "100", Severity::none},
      {"a little", "97.01", "100", Severity::none},
      {"exactly the first limit", "97", "100", Severity::warn},
      {"just below the second", "92.000000000000000001", "100", Severity::warn},
      {"exactly the second", "92", "100", Severity::crit},
      {"below zero", "-5", "100", Severity::crit},
      {"from nothing", "-5", "0", Severity::none},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(judge_fall(amount(c.value), amount(c.reference), limits), c.severity);
  }
  EXPECT_EQ(judge_fall(amount("1"), amount("100"), {}), Severity::none);
}

TEST(Peak, MovesWithMoneyPaidInAndOut) {
  const struct {
    const char *name, *worth, *transfers;
    std::int64_t day;
    const char* mark;
  } steps[] = {
      {"first look", "1000", "0", 1, "1000"},      {"a rise", "1100", "0", 1, "1100"},
      {"a fall", "1050", "0", 1, "1100"},          {"paid out 500", "550", "-500", 1, "600"},
      {"seen again", "550", "-500", 1, "600"},     {"the next day", "560", "0", 2, "600"},
      {"paid in 1000", "1560", "1000", 2, "1600"}, {"another rise", "1700", "1000", 2, "1700"},
  };
  std::optional<Peak> peak;
  for (const auto& step : steps) {
    SCOPED_TRACE(step.name);
    peak = follow_peak(peak, amount(step.worth), amount(step.transfers), step.day);
    ASSERT_TRUE(peak.has_value());
    EXPECT_EQ(peak->mark, amount(step.mark));
    const json::value kept = to_json(*peak);
    peak = parse_peak(&kept);
    ASSERT_TRUE(peak.has_value());
  }
  const json::value damaged = json::object{{"mark", "x"}};
  EXPECT_FALSE(parse_peak(&damaged).has_value());
  EXPECT_FALSE(parse_peak(nullptr).has_value());
}

TEST(Habit, NeedsThreeOfFiveDays) {
  const struct {
    const char *name, *days;
    bool usually;
  } cases[] = {
      {"nothing known", "[]", false},
      {"two days", "[[1,true],[2,true]]", false},
      {"three days", "[[1,true],[2,true],[3,true]]", true},
      {"three of five", "[[1,true],[2,false],[3,true],[4,false],[5,true]]", true},
      {"long ago", "[[1,true],[2,true],[3,true],[4,false],[5,false],[6,false]]", false},
      {"today does not count", "[[1,true],[2,true],[100,true]]", false},
      {"garbage", "[[1,true],[2,true],5,[3],[\"3\",true],[-1,true],[4,1]]", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const json::value kept = *chela::parse_json(c.days);
    EXPECT_EQ(Habit(&kept).usually_trades(100), c.usually);
  }
}

TEST(Habit, KeepsTenDays) {
  Habit habit;
  for (int day = 0; day < 500; ++day) habit.saw(day, day % 2 == 0);
  EXPECT_EQ(habit.to_json().size(), 10u);
  habit.saw(499, true);
  habit.saw(499, false);  // what was seen once was seen
  EXPECT_EQ(habit.to_json().back(), json::value(json::array{499, true}));
}

TEST(Idleness, IsToldOnlyOfABotThatUsuallyTrades) {
  const Timestamp open = *parse_time("2026-11-27T14:30:00Z");
  const auto hours = [](int count) { return Duration(std::chrono::hours(count)); };
  const std::int64_t today = eastern(open).day;
  Habit habit;
  for (int i = 1; i <= 3; ++i) habit.saw(today - i, true);
  EXPECT_TRUE(is_idle({hours(2), open, {}}, habit, open + hours(2)));
  EXPECT_FALSE(is_idle({hours(2), open, {}}, habit, open + hours(1)));
  EXPECT_FALSE(is_idle({hours(2), open, open + hours(1)}, habit, open + hours(2)));
  EXPECT_TRUE(is_idle({hours(2), open, open + hours(1)}, habit, open + hours(3)));
  EXPECT_FALSE(is_idle({Duration(0), open, {}}, habit, open + hours(5)));
  EXPECT_FALSE(is_idle({hours(2), open, {}}, Habit(), open + hours(5)));
}

TEST(Holdings, AreReadAndCompared) {
  const auto bot =
      parse_holdings(R"({"positions": {"AAPL": "10", "TSLA": -2.5, "OLD": 0, "X": 3}})");
  ASSERT_TRUE(bot.has_value());
  EXPECT_EQ(bot->size(), 3u);
  const Holdings service{{"AAPL", amount("10.00")}, {"TSLA", amount("2.5")}, {"NEW", amount("1")}};
  const auto differences = compare(*bot, service);
  ASSERT_EQ(differences.size(), 3u);
  EXPECT_EQ(differences[0].symbol, "NEW");
  EXPECT_EQ(differences[1].bot, amount("-2.5"));
  EXPECT_EQ(differences[2].service, Decimal());
  EXPECT_TRUE(parse_holdings(R"({"AAPL": 1})").has_value());
  for (const char* wrong :
       {"", "[]", "{\"a\": []}", "{\"a\": \"x\"}", "{\"a\": 1e300}", "{\"positions\":"})
    EXPECT_FALSE(parse_holdings(wrong).has_value()) << wrong;
}

TEST(Holdings, AreComparedByTheBillionth) {
  const struct {
    const char *name, *bot, *service;
    bool differs;
  } cases[] = {
      {"nine decimals", "0.123456789", "0.123456789", false},
      {"nine decimals of many", "1234567.123456789", "1234567.123456789", false},
      {"the last of nine", "0.123456789", "0.123456788", true},
      {"a text", "\"0.123456789\"", "0.123456788", true},
      {"an exponent", "1e-8", "0.00000001", false},
      {"short", "-0.00000025", "-0.00000025", false},
      {"a sum of doubles", "0.30000000000000004", "0.3", false},
      {"what a sum of doubles leaves", "5.551115123125783e-17", "0", false},
      {"whole", "250000000.0", "250000000", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto bot = parse_holdings(std::string("{\"A\": ") + c.bot + "}");
    ASSERT_TRUE(bot.has_value());
    EXPECT_EQ(compare(*bot, {{"A", amount(c.service)}}).size(), c.differs ? 1u : 0u);
  }
}

}  // namespace
}  // namespace trading
