// The schedule over weeks of virtual time: nobody starves, every window is served, no clock change
// or restart matters.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>

#include "heartbeat/load.h"
#include "heartbeat/schedule.h"
#include "heartbeat/state_file.h"

namespace chela::heartbeat {
namespace {

using namespace std::chrono;

Timestamp utc(std::string_view text) {
  return base::parse_utc(text).value();
}

struct Ran {
  Timestamp at;
  std::size_t index = 0;
  friend bool operator==(const Ran&, const Ran&) = default;
};

// A tick every `tick`, up to 30 % early or late, as busy machines have them.
class Ticks {
 public:
  Ticks(Timestamp start, Duration tick, unsigned seed) : now_(start), tick_(tick), random_(seed) {}
  Timestamp next() {
    std::uniform_int_distribution<std::int64_t> jitter(70, 130);
    return now_ += tick_ * jitter(random_) / 100;
  }

 private:
  Timestamp now_;
  Duration tick_;
  std::mt19937 random_;
};

struct World {
  std::vector<CheckPlan> plans;
  std::vector<CheckTimes> times;
  Policy policy;
  // Check `broken` always fails; none by default.
  std::size_t broken = SIZE_MAX;

  std::vector<Ran> tick(Timestamp now) {
    std::vector<Ran> runs;
    for (const Due& due : pick_due(now, plans, times, policy)) {
      CheckTimes& known = times[due.index];
      known.last_attempt = now;
      if (due.index == broken) {
        ++known.consecutive_failures;
      } else {
        known.last_ok = now;
        known.consecutive_failures = 0;
      }
      runs.push_back({now, due.index});
    }
    return runs;
  }
};

std::vector<Ran> simulate(World& world, Timestamp start, Timestamp end, unsigned seed) {
  Ticks ticks(start, world.policy.tick, seed);
  std::vector<Ran> all;
  for (Timestamp now = ticks.next(); now < end; now = ticks.next()) {
    const auto runs = world.tick(now);
    all.insert(all.end(), runs.begin(), runs.end());
  }
  return all;
}

// Random checks, as many as fit: load at most 0.9, since ticks come up to 30 % late.
World random_world(std::mt19937& random, const Zone& zone, Timestamp start) {
  const std::vector<Duration> cadences{15min, 30min, 1h, 2h, 4h, 24h, 24h, 48h};
  World world;
  world.policy.tick = std::vector<Duration>{4min, 5min, 10min}[random() % 3];
  for (int i = 0; i < 12; ++i) {
    CheckPlan plan{"check-" + std::to_string(i), cadences[random() % cadences.size()]};
    plan.priority = static_cast<int>(random() % 3);
    const int from = static_cast<int>(random() % 48) * 30;
    const int length = plan.every >= 24h ? 60 + static_cast<int>(random() % 4) * 60 : 8 * 60;
    if (plan.every >= 24h || random() % 2 == 0)
      plan.window = Window{from, (from + length) % 1440, zone};
    world.plans.push_back(std::move(plan));
    if (load(start, world.plans, world.policy.tick).peak > 0.9) world.plans.pop_back();
  }
  world.times.resize(world.plans.size());
  return world;
}

Duration open_time(const CheckPlan& plan, Timestamp from, Timestamp to) {
  if (!plan.window) return to - from;
  Duration sum{};
  for (auto o = occurrence(*plan.window, from); o.start < to; o = occurrence(*plan.window, o.end)) {
    sum += std::min(o.end, to) - std::max(o.start, from);
  }
  return sum;
}

struct Season {
  const char* zone;
  const char* start;  // 34 days with a clock change inside
};
const std::vector<Season> kSeasons{{"Europe/Berlin", "2026-03-10"},
                                   {"Europe/Berlin", "2026-10-05"},
                                   {"America/New_York", "2026-02-17"},
                                   {"America/New_York", "2026-10-12"},
                                   {"UTC", "2026-06-01"}};

// Never run again later than two cadences of time that its window was open (plus some ticks).
void expect_no_starvation(const World& world, const std::vector<Ran>& runs, Timestamp start,
                          Timestamp end) {
  for (std::size_t i = 0; i < world.plans.size(); ++i) {
    const CheckPlan& plan = world.plans[i];
    if (plan.every >= 24h) continue;  // these are held to their windows
    SCOPED_TRACE(plan.id + " every " + format_duration(plan.every));
    Timestamp last = start;
    const Duration allowed = plan.every * 2 + world.policy.tick * 4;
    for (const Ran& run : runs) {
      if (run.index != i) continue;
      ASSERT_LE(open_time(plan, last, run.at), allowed) << base::format_utc(run.at);
      last = run.at;
    }
    ASSERT_LE(open_time(plan, last, end), allowed) << "at the end";
  }
}

// A daily check runs in each opening of its window, and once; one of every second day in every
// second.
void expect_every_window_served(const World& world, const std::vector<Ran>& runs, Timestamp start,
                                Timestamp end) {
  for (std::size_t i = 0; i < world.plans.size(); ++i) {
    const CheckPlan& plan = world.plans[i];
    if (!plan.window) continue;
    SCOPED_TRACE(plan.id + " every " + format_duration(plan.every) + " " + describe(*plan.window));
    std::vector<int> counts;
    for (auto o = occurrence(*plan.window, start + 24h); o.end < end;
         o = occurrence(*plan.window, o.end)) {
      counts.push_back(
          static_cast<int>(std::count_if(runs.begin(), runs.end(), [&](const Ran& run) {
            return run.index == i && o.start <= run.at && run.at < o.end;
          })));
    }
    ASSERT_GE(counts.size(), 30u);
    for (std::size_t day = 0; day < counts.size(); ++day) {
      if (plan.every < 24h) {
        ASSERT_GE(counts[day], 1) << "day " << day;
      } else if (plan.every == 24h) {
        ASSERT_EQ(counts[day], 1) << "day " << day;
      } else if (day > 0) {
        ASSERT_EQ(counts[day] + counts[day - 1], 1) << "day " << day;
      }
    }
  }
}

TEST(Schedule, StarvesNobodyAndServesEveryWindowWhenTheLoadFits) {
  std::mt19937 random(20261122);
  for (const Season& season : kSeasons) {
    const Zone zone = find_zone(season.zone, ZoneSources{}).value();
    const Timestamp start = utc(season.start);
    const Timestamp end = start + 34 * 24h;
    for (unsigned set = 0; set < 2; ++set) {
      SCOPED_TRACE(std::string(season.zone) + " from " + season.start + ", set " +
                   std::to_string(set));
      World world = random_world(random, zone, start);
      ASSERT_GE(world.plans.size(), 4u);
      const auto runs = simulate(world, start, end, set);
      expect_no_starvation(world, runs, start, end);
      expect_every_window_served(world, runs, start, end);
      if (testing::Test::HasFatalFailure()) return;
    }
  }
}

TEST(Schedule, RunsNothingOutsideItsWindowOrMoreOftenThanItsSlots) {
  std::mt19937 random(42);
  const Zone zone = find_zone("Europe/Berlin", ZoneSources{}).value();
  const Timestamp start = utc("2026-10-05");
  World world = random_world(random, zone, start);
  const auto runs = simulate(world, start, start + 34 * 24h, 1);
  std::vector<int> counts(world.plans.size());
  for (const Ran& run : runs) {
    const CheckPlan& plan = world.plans[run.index];
    ++counts[run.index];
    ASSERT_TRUE(!plan.window || is_open(*plan.window, run.at))
        << plan.id << base::format_utc(run.at);
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    const CheckPlan& plan = world.plans[i];
    const auto open = open_time(plan, start, start + 34 * 24h);
    // One run per slot; every opening may begin with one more.
    EXPECT_LE(counts[i], open / plan.every + 36) << plan.id;
    if (!plan.window) {
      EXPECT_LE(counts[i], open / plan.every + 1) << plan.id;
      EXPECT_GE(static_cast<double>(counts[i]), 0.97 * static_cast<double>(open / plan.every))
          << plan.id;
    }
  }
}

// The guide's five checks, at its own pace of one in 30 minutes: load 2.27.
World guide_world(Duration tick, const Zone& zone) {
  World world;
  world.policy.tick = tick;
  world.plans = {{"email", 30min, Window{9 * 60, 21 * 60, zone}},
                 {"calendar", 2h, Window{8 * 60, 22 * 60, zone}},
                 {"tasks", 30min},
                 {"git", 24h},
                 {"system", 24h, Window{3 * 60, 4 * 60, zone}}};
  world.times.resize(world.plans.size());
  return world;
}

int days_without(const World& world, const std::vector<Ran>& runs, std::size_t index,
                 Timestamp from, Timestamp to) {
  int missed = 0;
  const Window& window = *world.plans[index].window;
  for (auto o = occurrence(window, from); o.end < to; o = occurrence(window, o.end)) {
    missed += std::none_of(runs.begin(), runs.end(), [&](const Ran& run) {
      return run.index == index && o.start <= run.at && run.at < o.end;
    });
  }
  return missed;
}

Duration longest_wait(const World& world, const std::vector<Ran>& runs, std::size_t index,
                      Timestamp start) {
  Duration longest{};
  for (const Ran& run : runs) {
    if (run.index != index) continue;
    longest = std::max(longest, open_time(world.plans[index], start, run.at));
    start = run.at;
  }
  return longest;
}

TEST(Schedule, ServesEveryWindowEvenUnderTheGuidesOverload) {
  const Zone zone = find_zone("Europe/Berlin", ZoneSources{}).value();
  const Timestamp start = utc("2026-10-01");
  for (const Duration tick : {Duration(30min), Duration(10min), Duration(5min)}) {
    SCOPED_TRACE(format_duration(tick));
    World world = guide_world(tick, zone);
    const auto runs = simulate(world, start, start + 60 * 24h, 9);
    for (const std::size_t index : {0u, 1u, 4u}) {
      EXPECT_EQ(days_without(world, runs, index, start + 24h, start + 60 * 24h), 0)
          << world.plans[index].id;
    }
    const auto git =
        std::count_if(runs.begin(), runs.end(), [](const Ran& run) { return run.index == 3; });
    EXPECT_GE(git, 55) << "overload is shared, not borne by the one with the longest cadence";
    for (const std::size_t index : {0u, 2u}) {
      EXPECT_LE(longest_wait(world, runs, index, start), world.plans[index].every * 9 / 2)
          << world.plans[index].id;
    }
  }
}

TEST(Schedule, GivesFullRatesWhenAllDueChecksMayRun) {
  World world = guide_world(30min, find_zone("America/New_York", ZoneSources{}).value());
  world.policy.per_tick = 0;
  const Timestamp start = utc("2026-10-12");
  Timestamp now = start;
  std::vector<int> counts(5);
  for (; now < start + 34 * 24h; now += 30min) {
    for (const Ran& run : world.tick(now)) ++counts[run.index];
  }
  // It begins at 20:00 and ends at 19:00 in New York, where the clock goes back in between.
  EXPECT_EQ(counts[0], 2 + 33 * 24 + 20);  // half-hourly, 12 hours a day
  EXPECT_EQ(counts[1], 1 + 33 * 7 + 6);    // 8, 10, ... 20 o'clock
  EXPECT_EQ(counts[2], 34 * 48);
  EXPECT_EQ(counts[3], 34);
  EXPECT_EQ(counts[4], 34);
}

TEST(Schedule, KeepsTheOthersOnTimeBesideABrokenCheck) {
  std::mt19937 random(5);
  const Timestamp start = utc("2026-03-10");
  const Timestamp end = start + 34 * 24h;
  const Zone zone = find_zone("Europe/Berlin", ZoneSources{}).value();
  int simulated = 0;
  for (unsigned set = 0; set < 5; ++set) {
    SCOPED_TRACE(set);
    World world = random_world(random, zone, start);
    // The broken one asks for as much as a working one: its first retries need room.
    world.plans.push_back({"a-broken", 15min + world.policy.tick * 4});
    world.times.emplace_back();
    if (load(start, world.plans, world.policy.tick).peak > 1) continue;
    world.broken = world.plans.size() - 1;
    ++simulated;
    const auto runs = simulate(world, start, end, set);
    const auto tries = std::count_if(runs.begin(), runs.end(),
                                     [&](const Ran& run) { return run.index == world.broken; });
    EXPECT_LE(tries, (end - start) / world.plans.back().every + 8);
    // Broken for good it is tried every two hours, a tenth more or less.
    EXPECT_GE(tries, (end - start) / (135min + world.policy.tick * 3));
    world.plans.pop_back();
    expect_no_starvation(world, runs, start, end);
    expect_every_window_served(world, runs, start, end);
  }
  EXPECT_GE(simulated, 2);
}

// Through the state file and the failures' record, as a restart does it.
void restart(World& world) {
  TimesById before;
  for (std::size_t i = 0; i < world.plans.size(); ++i) before[world.plans[i].id] = world.times[i];
  const std::string text = write_state({}, before);
  const auto merged = merge(text, text, before);
  ASSERT_TRUE(merged) << merged.error().message;
  ASSERT_TRUE(merged->edits.empty());
  for (std::size_t i = 0; i < world.plans.size(); ++i)
    world.times[i] = merged->times.at(world.plans[i].id);
}

TEST(Schedule, IsTheSameWhereverItIsRestarted) {
  std::mt19937 random(77);
  for (const Season& season : kSeasons) {
    SCOPED_TRACE(season.start);
    const Timestamp start = utc(season.start) + 17 * 24h;  // the clock change is near
    World straight = random_world(random, find_zone(season.zone, ZoneSources{}).value(), start);
    straight.broken = 1;
    World restarted = straight;
    Ticks ticks(start, straight.policy.tick, 3);
    int runs = 0;
    for (int i = 0; i < 1500; ++i) {
      const Timestamp now = ticks.next();
      const auto expected = straight.tick(now);
      if (random() % 4 == 0) restart(restarted);
      if (testing::Test::HasFatalFailure()) return;
      ASSERT_EQ(restarted.tick(now), expected) << base::format_utc(now);
      runs += static_cast<int>(expected.size());
    }
    EXPECT_GT(runs, 50);
  }
}

TEST(Schedule, AsleepUntilNextDueItMissesNothing) {
  std::mt19937 random(8);
  const Timestamp start = utc("2026-10-28");
  World world = random_world(random, find_zone("America/New_York", ZoneSources{}).value(), start);
  world.policy.per_tick = 0;
  World by_minute = world;
  std::vector<Ran> slept, stepped;
  for (Timestamp now = start; now < start + 8 * 24h; now += 1min) {
    for (const Ran& run : by_minute.tick(now)) stepped.push_back(run);
  }
  int wakes = 0;
  for (Timestamp now = start; now < start + 8 * 24h;
       now = next_due(now, world.plans, world.times, world.policy)) {
    const auto runs = world.tick(now);
    ASSERT_FALSE(runs.empty()) << "woken for nothing at " << base::format_utc(now);
    slept.insert(slept.end(), runs.begin(), runs.end());
    ASSERT_GT(next_due(now, world.plans, world.times, world.policy), now);
    ++wakes;
  }
  EXPECT_EQ(slept, stepped);
  EXPECT_GT(wakes, 80);
}

}  // namespace
}  // namespace chela::heartbeat
