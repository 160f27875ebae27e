// The load: what the guide's plan asks for, hour by hour, and the words for too much.
#include "heartbeat/load.h"

#include <gtest/gtest.h>

namespace chela::heartbeat {
namespace {

using namespace std::chrono;

Timestamp utc(std::string_view text) {
  return base::parse_utc(text).value();
}

std::vector<CheckPlan> guide() {
  return {{"email", 30min, Window{9 * 60, 21 * 60, Zone()}},
          {"calendar", 2h, Window{8 * 60, 22 * 60, Zone()}},
          {"tasks", 30min},
          {"git", 24h},
          {"system", 24h, Window{3 * 60, 4 * 60, Zone()}}};
}

TEST(Load, AddsUpWhatIsOpenAtEachHour) {
  const Load found = load(utc("2026-11-22T00:00:00Z"), guide(), 30min);
  const double git = 0.5 / 24;
  EXPECT_NEAR(found.peak, 1 + 0.25 + 1 + git, 1e-6);  // 2.27, as the guide's readers found out
  EXPECT_EQ(base::format_utc(found.peak_at), "2026-11-22T09:00:00Z");
  EXPECT_NEAR(found.by_hour[0], 1 + git, 1e-6);
  EXPECT_NEAR(found.by_hour[3], 1 + git + 0.5, 1e-6) << "one run within an hour of two ticks";
  EXPECT_NEAR(found.by_hour[8], 1 + git + 0.25, 1e-6);
  EXPECT_NEAR(found.by_hour[20], 2.25 + git, 1e-6);
  EXPECT_NEAR(found.by_hour[23], 1 + git, 1e-6);
}

TEST(Load, SeesAPeakShorterThanAnHourAndWindowsThatTouch) {
  const std::vector<CheckPlan> plans{{"a", 10min, Window{600, 610, Zone()}},
                                     {"b", 10min, Window{605, 615, Zone()}},
                                     {"c", 10min, Window{610, 620, Zone()}}};
  const Load found = load(utc("2026-11-22T00:00:00Z"), plans, 5min);
  EXPECT_NEAR(found.peak, 1.0, 1e-6);
  EXPECT_EQ(base::format_utc(found.peak_at), "2026-11-22T10:05:00Z");
  EXPECT_NEAR(found.by_hour[10], 0.25, 1e-6);
  EXPECT_EQ(load(utc("2026-11-22T00:00:00Z"), {}, 5min).peak, 0);
}

TEST(Load, WarnsWithNumbersAndOnlyAboveOne) {
  const auto plans = guide();
  const auto now = utc("2026-11-22T00:00:00Z");
  Policy policy;
  policy.tick = 30min;
  EXPECT_EQ(overload_warning(load(now, plans, policy.tick), plans, policy, Zone()),
            "load 2.27 from 09:00: 2.27 runs are wanted per tick of 30m and 1 fits, so email runs "
            "about every 1h8m, "
            "not every 30m; use a tick of 13m or per_tick: all");
  const struct {
    const char* name;
    Duration tick;
    std::size_t per_tick;
    bool warns;
  } cases[] = {{"a shorter tick", 13min, 1, false},
               {"a little too long", 14min, 1, true},
               {"two per tick", 30min, 2, true},
               {"three per tick", 30min, 3, false},
               {"all", 30min, 0, false}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    policy.tick = c.tick;
    policy.per_tick = c.per_tick;
    EXPECT_EQ(overload_warning(load(now, plans, c.tick), plans, policy, Zone()).empty(), !c.warns);
  }
}

}  // namespace
}  // namespace chela::heartbeat
