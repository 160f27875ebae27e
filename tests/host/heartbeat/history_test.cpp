// Uptime, stretches and the drawing of a check's last runs.
#include "heartbeat/history.h"

#include <gtest/gtest.h>

namespace chela::heartbeat {
namespace {

using namespace std::chrono_literals;
using tasks::CheckStatus;
using tasks::RunOutcome;
using tasks::RunRow;

// One letter a run, oldest first: . ok, w warn, c crit, ? unknown, ! failed. An hour apart.
std::vector<RunRow> runs(std::string_view letters) {
  std::vector<RunRow> rows;
  Timestamp at{1000h};
  for (const char letter : letters) {
    RunRow run;
    run.started = at += 1h;
    run.status = letter == 'w'   ? CheckStatus::warn
                 : letter == 'c' ? CheckStatus::crit
                 : letter == '?' ? CheckStatus::unknown
                                 : CheckStatus::ok;
    if (letter == '!') {
      run.outcome = RunOutcome::failed;
      run.status.reset();
    }
    rows.insert(rows.begin(), run);
  }
  return rows;
}

TEST(History, CountsWhatCouldTell) {
  const struct {
    const char* name;
    const char* letters;
    double percent;  // -1: none
    int hours;       // since when it is as it is, counted from the newest run
  } cases[] = {
      {"nothing", "", -1, -1},
      {"always well", "....", 100, 3},
      {"one of four", "..w.", 75, 0},
      {"blind runs do not count", "..?!w", 66.67, 0},
      {"only blind", "?!?", -1, 2},
      {"bad for long", ".cccc", 20, 3},
      {"warn is not crit", "ccww", 0, 1},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto rows = runs(c.letters);
    const auto history = history_of(rows);
    EXPECT_NEAR(history.uptime_percent().value_or(-1), c.percent, 0.01);
    if (c.hours < 0) {
      EXPECT_FALSE(history.since);
    } else {
      EXPECT_EQ(rows.front().started - *history.since, c.hours * 1h);
    }
  }
}

TEST(Sparkline, Table) {
  const struct {
    const char* name;
    const char* letters;
    std::size_t cells;
    const char* drawn;
  } cases[] = {
      {"nothing", "", 10, ""},
      {"fewer runs than cells", ".wc?!", 10, ".-#??"},
      {"as many", "....", 4, "...."},
      {"the worst of each share", "..w...c.....", 6, ".-.#.."},
      {"an uneven share is the oldest", "c....", 3, "#.."},
      {"blind is worse than well, better than warn", ".?.w", 2, "?-"},
      {"no room", "...", 0, ""},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(sparkline(runs(c.letters), c.cells, Glyphs::ascii), c.drawn);
  }
  EXPECT_EQ(sparkline(runs(".wc?"), 4, Glyphs::unicode), "▁▄█·");
}

}  // namespace
}  // namespace chela::heartbeat
