// Rows 19 and 20: a wall clock that jumps, and days of 23 and 25 hours, make no burst, no wait of a
// year, and neither none nor two runs of a daily check.
#include "faults/fault_desk.h"

namespace chela::test {
namespace {

using namespace std::chrono;

class OddClock : public ::testing::Test {
 protected:
  void SetUp() override {
    if (shifted_clock("+0").empty()) GTEST_SKIP() << "needs libfaketime, and no sanitizer";
  }
  // The checks that a plain tick at `time` runs.
  std::vector<std::string> ran_at(sys_seconds time) {
    const auto shift = time - floor<seconds>(system_clock::now());
    desk_.env.merge(shifted_clock(""));
    desk_.env["FAKETIME"] = (shift.count() < 0 ? "" : "+") + std::to_string(shift.count());
    const auto outcome = desk_.chela({"tick", "--json"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
    const auto report = parse_json(outcome.out);
    return report ? get_strings(*report, "ran") : std::vector<std::string>{};
  }

  FaultDesk desk_;
};

TEST_F(OddClock, AYearForwardOrBackRunsEachCheckOnceAndThenGoesOn) {
  const auto now = floor<seconds>(system_clock::now());
  EXPECT_EQ(ran_at(now).size(), 1u);
  const hours jumps[] = {hours(0), hours(365 * 24), hours(-365 * 24)};
  for (const hours jump : jumps) {
    SCOPED_TRACE(std::to_string(jump.count()) + " h");
    int runs = 0;
    for (int minute = 0; minute <= 120; minute += 10) {
      runs += static_cast<int>(ran_at(now + jump + minutes(minute)).size());
    }
    // Every hour: one at once where the clock has jumped, then as planned, where a run shortly
    // before a full hour stands for it.
    EXPECT_GE(runs, jump == jumps[0] ? 1 : 2);
    EXPECT_LE(runs, 3);
  }
}

TEST_F(OddClock, ADailyCheckRunsOnceOnEveryDayHoweverLongItIs) {
  const auto plugin = "id: lamps\nplugin: check.flicker\nevery: 24h\nconfig: {events: false}\n";
  spill(
      desk_.manifest("checks", "lamps"),
      std::string(plugin) + "window: {from: \"02:15\", to: \"02:45\", timezone: Europe/Berlin}\n");
  const struct {
    const char* name;
    sys_days day;      // the day of the change
    int hours_before;  // of UTC on the day before and on the day after
    int hours_after;
  } cases[] = {
      {"the night of 23 hours", sys_days(2026y / March / 29), 1, 2},
      {"the night of 25 hours", sys_days(2026y / October / 25), 2, 1},
      {"a leap day", sys_days(2028y / February / 29), 1, 1},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    // Every 20 minutes of three nights.
    std::map<long, int> runs;
    for (sys_time<minutes> at = c.day - hours(30); at < c.day + hours(46); at += minutes(20)) {
      const auto local = at + hours(at < c.day + hours(1) ? c.hours_before : c.hours_after);
      const auto day = floor<days>(local);
      if (local - day < hours(5))
        runs[(day - c.day).count()] += static_cast<int>(ran_at(at).size());
    }
    EXPECT_EQ(runs, (std::map<long, int>{{-1, 1}, {0, 1}, {1, 1}}));
  }
}

}  // namespace
}  // namespace chela::test
