// The rules of the schedule, one table each.
#include "heartbeat/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace chela::heartbeat {
namespace {

using namespace std::chrono;
using Why = Due::Why;

Timestamp utc(std::string_view text) {
  return base::parse_utc(text).value();
}

// "14:05" on 22 November 2026, "21 14:05" on another day of that month; "" = never.
std::optional<Timestamp> at(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const std::string day = text.size() > 5 ? std::string(text.substr(0, 2)) : "22";
  return utc("2026-11-" + day + "T" + std::string(text.substr(text.size() - 5)) + ":00Z");
}

std::optional<Window> hours(std::string_view text) {
  if (text.empty()) return std::nullopt;
  return Window{parse_minute(text.substr(0, 5)).value(), parse_minute(text.substr(6)).value(),
                Zone()};
}

Duration every(const char* text) {
  return parse_duration(text).value();
}

std::string shown(Timestamp time) {
  const std::string text = base::format_utc(time);
  return text.substr(8, 2) + " " + text.substr(11, 5);
}

TEST(DueTime, FollowsThePlan) {
  const struct {
    const char* name;
    const char* every;
    const char* window;
    const char* last_ok;
    const char* now;
    const char* due;
  } cases[] = {
      {"next slot", "30m", "", "14:02", "14:10", "22 14:30"},
      {"late runs do not move the slots", "30m", "", "14:21", "14:25", "22 14:30"},
      {"exactly on the slot", "30m", "", "14:30", "14:31", "22 15:00"},
      {"the first slot missed counts", "30m", "", "12:02", "14:10", "22 12:30"},
      {"a run just before a slot stands for it", "2h", "", "13:58", "13:59", "22 16:00"},
      {"a run three quarters on does not yet", "2h", "", "13:29", "13:30", "22 14:00"},
      {"daily without a window", "24h", "", "21 00:03", "14:00", "22 00:00"},
      {"in its window", "30m", "09:10-21:00", "14:12", "14:20", "22 14:40"},
      {"first slot is the opening", "30m", "09:10-21:00", "21 20:55", "14:20", "22 09:10"},
      {"before it opens", "30m", "09:10-21:00", "21 20:55", "05:00", "22 09:10"},
      {"after it closed", "30m", "09:10-21:00", "20:55", "22:00", "23 09:10"},
      {"no slot is left today", "8h", "09:00-21:00", "17:05", "17:10", "23 09:00"},
      {"over midnight", "2h", "22:00-04:00", "00:01", "01:00", "22 02:00"},
      {"daily: once per opening", "24h", "03:00-04:00", "21 03:55", "03:00", "22 03:00"},
      {"daily: done", "24h", "03:00-04:00", "03:00", "03:30", "23 03:00"},
      {"daily: run by hand before the opening is no run in it", "24h", "03:00-04:00", "02:00",
       "03:30", "22 03:00"},
      {"daily: run by hand after the opening", "24h", "03:00-04:00", "12:00", "13:00", "23 03:00"},
      {"shorter than a day but longer than its window", "20h", "03:00-04:00", "21 03:59", "03:10",
       "22 03:00"},
      {"every second day: not today", "48h", "03:00-04:00", "21 03:10", "03:10", "23 03:00"},
      {"every second day: today", "48h", "03:00-04:00", "20 03:10", "03:10", "22 03:00"},
      {"weekly", "7d", "03:00-04:00", "15 03:59", "03:10", "22 03:00"},
      {"weekly: missed, so as soon as it opens", "7d", "03:00-04:00", "10 03:59", "12:00",
       "23 03:00"},
      {"a whole day is no window for short cadences", "30m", "09:00-09:00", "08:59", "09:10",
       "22 09:30"},
      {"a whole day anchors a daily check", "24h", "09:00-09:00", "08:59", "09:10", "22 09:00"},
      {"never run: now", "24h", "", "", "14:10", "22 14:10"},
      {"never run: since it opened", "24h", "09:00-21:00", "", "14:10", "22 09:00"},
      {"never run: when it opens", "24h", "03:00-04:00", "", "14:10", "23 03:00"},
      {"a future run counts as unknown", "24h", "", "25 14:00", "14:10", "22 14:10"},
      {"a future run, in the window", "30m", "09:00-21:00", "25 14:00", "14:10", "22 09:00"},
      {"a clock nudged back is nothing", "30m", "", "14:10", "14:10", "22 14:30"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const CheckPlan plan{"x", every(c.every), hours(c.window)};
    const DueTime due = due_time(*at(c.now), plan, {at(c.last_ok), at(c.last_ok), 0}, 5min);
    EXPECT_EQ(shown(due.at), c.due);
  }
}

TEST(DueTime, RetriesAfterFailuresWithGrowingPatience) {
  const struct {
    const char* name;
    const char* every;
    const char* window;
    const char* last_ok;
    const char* last_attempt;
    int failures;
    const char* due;
  } cases[] = {
      {"once: a minute", "30m", "", "13:30", "14:01", 1, "22 14:02"},
      {"three times: four minutes", "30m", "", "13:30", "14:01", 3, "22 14:05"},
      {"then its cadence", "30m", "", "10:00", "14:01", 6, "22 14:31"},
      {"broken for long: two hours, a tenth more or less", "30m", "", "10:00", "14:01", 30,
       "22 15:55"},
      {"never longer than a long cadence", "24h", "", "21 14:00", "14:01", 30, "23 14:01"},
      {"never run well", "30m", "", "", "14:01", 2, "22 14:03"},
      {"a crash that counted nothing", "30m", "", "13:30", "14:01", 0, "22 14:02"},
      {"daily, in its window", "24h", "14:00-15:00", "21 14:00", "14:01", 4, "22 14:09"},
      {"daily, the window closes before", "24h", "14:00-14:30", "21 14:00", "14:05", 6, "23 14:00"},
      {"an edit newer than the failure wins", "30m", "", "14:05", "14:01", 3, "22 14:30"},
      {"a failure in the future is not believed", "30m", "", "13:30", "25 14:01", 9, "22 14:00"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const CheckPlan plan{"x", every(c.every), hours(c.window)};
    const CheckTimes times{at(c.last_ok), at(c.last_attempt), c.failures};
    EXPECT_EQ(shown(due_time(*at("14:06"), plan, times, 5min).at), c.due);
  }
}

TEST(DueTime, WaitsOutAPause) {
  CheckPlan plan{"x", 30min, hours("09:00-21:00")};
  const CheckTimes times{at("13:00"), at("13:00"), 0};
  plan.paused_until = at("15:10");
  EXPECT_EQ(shown(due_time(*at("14:00"), plan, times, 5min).at), "22 15:10");
  plan.paused_until = at("22:00");
  EXPECT_EQ(shown(due_time(*at("14:00"), plan, times, 5min).at), "23 09:00");
  plan.paused_until = at("13:10");  // over: what was due meanwhile is late since its slot
  EXPECT_EQ(shown(due_time(*at("14:00"), plan, times, 5min).at), "22 13:30");
}

// A set of checks, as a table of its own.
struct Row {
  const char* id;
  const char* every;
  const char* window;
  const char* last_ok;
  const char* last_attempt;
  int failures = 0;
  int priority = 0;
};
struct Checks {
  explicit Checks(const std::vector<Row>& rows) {
    for (const Row& r : rows) {
      plans.push_back(
          {r.id, parse_duration(r.every).value(), hours(r.window), r.priority, std::nullopt});
      times.push_back({at(r.last_ok), at(r.last_attempt), r.failures});
    }
  }
  std::string order(std::string_view now, const Policy& policy) const {
    std::string ids;
    for (const Due& due : due_checks(*at(now), plans, times, policy))
      ids += plans[due.index].id + " ";
    return ids;
  }
  std::vector<CheckPlan> plans;
  std::vector<CheckTimes> times;
};

TEST(DueChecks, OrdersByThePolicy) {
  const Policy overdue{};
  Policy absolute, round_robin, no_chance;
  absolute.order = Order::absolute;
  round_robin.order = Order::round_robin;
  no_chance.last_chance_ticks = 0;
  const struct {
    const char* name;
    std::vector<Row> rows;
    Policy policy;
    const char* now;
    const char* order;
  } cases[] = {
      {"only due ones",
       {{"a", "30m", "", "14:01", "14:01"}, {"b", "10m", "", "14:01", "14:01"}},
       overdue,
       "14:12",
       "b "},
      {"ratio",
       {{"daily", "24h", "", "20 23:00", "20 23:00"}, {"quick", "15m", "", "13:30", "13:30"}},
       overdue,
       "14:00",
       "quick daily "},
      {"minutes",
       {{"daily", "24h", "", "20 23:00", "20 23:00"}, {"quick", "15m", "", "13:30", "13:30"}},
       absolute,
       "14:00",
       "daily quick "},
      {"longest ago",
       {{"a", "15m", "", "13:31", "13:31"},
        {"b", "24h", "", "20 23:00", "20 23:00"},
        {"c", "15m", "", "13:32", "13:32"}},
       round_robin,
       "14:00",
       "b a c "},
      {"ties: priority, then name",
       {{"b", "30m", "", "13:31", "13:31"},
        {"a", "30m", "", "13:31", "13:31"},
        {"z", "30m", "", "13:31", "13:31", 0, 5}},
       overdue,
       "14:02",
       "z a b "},
      {"never run goes ahead, by name",
       {{"late", "15m", "", "10:00", "10:00"}, {"n", "24h", "", "", ""}, {"m", "24h", "", "", ""}},
       overdue,
       "14:02",
       "m n late "},
      {"last chance goes first of all",
       {{"late", "15m", "", "10:00", "10:00"},
        {"new", "24h", "", "", ""},
        {"night", "24h", "13:10-14:10", "21 13:30", "21 13:30"}},
       overdue,
       "14:02",
       "night new late "},
      {"no last chance while there is time",
       {{"late", "15m", "", "10:00", "10:00"},
        {"night", "24h", "13:10-14:30", "21 13:30", "21 13:30"}},
       overdue,
       "14:02",
       "late night "},
      {"more of them need more time: the earliest closing first",
       {{"late", "15m", "", "10:00", "10:00"},
        {"w1", "24h", "13:00-14:25", "21 13:30", "21 13:30"},
        {"w2", "24h", "13:00-14:20", "21 13:30", "21 13:30"},
        {"w3", "24h", "13:00-14:22", "21 13:30", "21 13:30"},
        {"w4", "24h", "13:00-14:26", "21 13:30", "21 13:30"}},
       overdue,
       "14:02",
       "w2 w3 w1 w4 late "},
      {"tried in this window, failed: an ordinary retry",
       {{"late", "15m", "", "13:30", "13:30"},
        {"night", "24h", "13:10-14:10", "21 13:30", "13:30", 3}},
       overdue,
       "14:02",
       "late night "},
      {"last chance can be off",
       {{"late", "15m", "", "10:00", "10:00"},
        {"night", "24h", "13:10-14:10", "21 13:30", "21 13:30"}},
       no_chance,
       "14:02",
       "late night "},
      {"a broken check does not hog",
       {{"broken", "15m", "", "01:00", "13:50", 5}, {"fine", "15m", "", "13:46", "13:46"}},
       overdue,
       "14:10",
       "fine broken "},
      {"a record from the future is put right early",
       {{"late", "15m", "", "10:00", "10:00"}, {"odd", "24h", "", "25 14:00", "25 14:00"}},
       overdue,
       "14:02",
       "odd late "},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(Checks(c.rows).order(c.now, c.policy), c.order);
  }
}

TEST(PickDue, TakesAsManyAsATickMayRun) {
  const Checks checks({{"a", "30m", "", "12:00", "12:00"},
                       {"b", "30m", "", "11:00", "11:00"},
                       {"c", "30m", "", "10:00", "10:00"}});
  for (const auto& [per_tick, count] : {std::pair{1u, 1u}, {2u, 2u}, {5u, 3u}, {0u, 3u}}) {
    Policy policy;
    policy.per_tick = per_tick;
    const auto picked = pick_due(*at("14:02"), checks.plans, checks.times, policy);
    ASSERT_EQ(picked.size(), count);
    EXPECT_EQ(checks.plans[picked[0].index].id, "c");
  }
}

TEST(PickDue, SkipsAClosedWindowAndAPausedCheck) {
  Checks checks({{"shut", "30m", "09:00-12:00", "", ""}, {"paused", "30m", "", "", ""}});
  checks.plans[1].paused_until = at("15:00");
  EXPECT_TRUE(pick_due(*at("14:02"), checks.plans, checks.times, {}).empty());
  EXPECT_EQ(shown(next_due(*at("14:02"), checks.plans, checks.times, {})), "22 15:00");
}

TEST(PickDue, CatchesUpOnceAfterAJumpForward) {
  Checks checks({{"a", "15m", "", "08:00", "08:00"}, {"b", "2h", "", "08:00", "08:00"}});
  Policy all;
  all.per_tick = 0;
  int runs = 0;
  for (Timestamp now = *at("14:02"); now < *at("14:14"); now += 1min) {
    for (const Due& due : pick_due(now, checks.plans, checks.times, all)) {
      checks.times[due.index] = {now, now, 0};
      ++runs;
    }
  }
  EXPECT_EQ(runs, 2);
}

TEST(PickDue, RecoversFromAClockThatWasWrong) {
  Checks checks({{"a", "30m", "", "29 14:00", "29 14:00"}});
  const Timestamp now = *at("14:02");
  ASSERT_EQ(pick_due(now, checks.plans, checks.times, {}).size(), 1u);
  checks.times[0] = {now, now, 0};
  EXPECT_EQ(shown(next_due(now, checks.plans, checks.times, {})), "22 14:30");
  // Run, and failed: the future success must not hide the failure.
  checks.times[0] = {at("29 14:00"), now, 1};
  EXPECT_EQ(shown(next_due(now, checks.plans, checks.times, {})), "22 14:03");
}

TEST(NextDue, SaysHowLongToSleep) {
  const struct {
    const char* name;
    std::vector<Row> rows;
    const char* next;
  } cases[] = {
      {"something is due",
       {{"a", "30m", "", "14:01", "14:01"}, {"b", "10m", "", "13:00", "13:00"}},
       "22 14:12"},
      {"the earliest",
       {{"a", "30m", "", "14:01", "14:01"}, {"b", "2h", "", "14:01", "14:01"}},
       "22 14:30"},
      {"an opening", {{"a", "30m", "20:00-21:00", "14:01", "14:01"}}, "22 20:00"},
      {"a retry", {{"a", "24h", "", "21 10:00", "14:11", 3}}, "22 14:15"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Checks checks(c.rows);
    EXPECT_EQ(shown(next_due(*at("14:12"), checks.plans, checks.times, {})), c.next);
  }
  EXPECT_EQ(next_due(*at("14:12"), {}, {}, {}), kNever);
}

TEST(Explain, TellsEveryCheckInOneLine) {
  Checks checks({{"email", "30m", "", "13:31", "13:31"},
                 {"tasks", "30m", "", "14:01", "14:01"},
                 {"system", "24h", "03:00-04:00", "03:02", "03:02"},
                 {"backup", "24h", "14:00-14:20", "21 14:00", "21 14:00"},
                 {"git", "24h", "", "", ""},
                 {"mail2", "30m", "", "13:00", "13:52", 4},
                 {"broken", "30m", "", "13:00", "14:11", 1},
                 {"odd", "24h", "", "25 14:00", "25 14:00"},
                 {"quiet", "30m", "", "13:00", "13:00"},
                 {"day", "24h", "09:00-21:00", "09:02", "09:02"}});
  checks.plans[8].paused_until = at("15:00");
  const auto lines = explain(*at("14:12"), checks.plans, checks.times, {}, Zone());
  EXPECT_EQ(
      lines,
      (std::vector<std::string>{
          "backup: last chance: not run since its window 14:00-14:20 UTC opened, which closes at "
          "14:20: runs now",
          "git: never run: waits, 1 per tick",
          "odd: its last run lies in the future (2026-11-25 14:00): the clock went back, so it "
          "counts as "
          "unknown: waits, 1 per tick",
          "email: due since 14:00, 12 min ago (0.40 of 30m): waits, 1 per tick",
          "mail2: failed 4 times, last at 13:52; due since 14:00, 12 min ago (0.40 of 30m): waits, "
          "1 per tick",
          "broken: failed once, last at 14:11; due now: waits, 1 per tick",
          "tasks: next due at 14:30 (every 30m); last ran at 14:01",
          "system: window 03:00-04:00 UTC is closed, opens at 2026-11-23 03:00; last ran at 03:02",
          "quiet: paused until 15:00; next due at 15:00",
          "day: done in its window 09:00-21:00 UTC, next opens at 2026-11-23 09:00; last ran at "
          "09:02"}));
}

TEST(Policy, ReadsItsNames) {
  EXPECT_EQ(parse_order("overdue").value(), Order::overdue);
  EXPECT_EQ(parse_order("absolute").value(), Order::absolute);
  EXPECT_EQ(parse_order("round-robin").value(), Order::round_robin);
  EXPECT_NE(parse_order("fifo").error().message.find("wanted overdue"), std::string::npos);
}

}  // namespace
}  // namespace chela::heartbeat
