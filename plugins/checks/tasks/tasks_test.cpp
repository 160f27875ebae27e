#include <chela/testing/fixtures.h>

#include "task_age.h"

namespace check_tasks {
namespace {

namespace json = chela::json;
using chela::Duration;
using chela::Timestamp;

TEST(TasksFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_check_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 15);
}

TEST(ParseTime, ReadsWhatPeopleAndProgramsWrite) {
  constexpr std::int64_t kNone = -1;
  const struct {
    const char* text;
    std::int64_t seconds;
  } cases[] = {
      {"2026-11-22T05:40:11Z", 1795326011},
      {"2026-11-22T06:40:11+01:00", 1795326011},
      {"2026-11-22T00:10:11-0530", 1795326011},
      {"2026-11-22 05:40", 1795326000},
      {" 2026-11-22t05:40:11.987z ", 1795326011},
      {"2026-11-22", 1795392000},
      {"2024-02-29", 1709251200},
      {"1970-01-01T00:00Z", 0},
      {"2023-02-29", kNone},
      {"2026-13-01", kNone},
      {"2026-11-22T25:00Z", kNone},
      {"2026-11-22T05:40:11+1", kNone},
      {"2026-11-22T05:40:11.Z", kNone},
      {"2026-11-22T05:40:11Zulu", kNone},
      {"2026-11-22x", kNone},
      {"22.11.2026", kNone},
      {"yesterday", kNone},
      {"1795326011000", kNone},
      {"9999-12-31", kNone},
      {"", kNone},
      {"\xff\xfe", kNone},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto at = parse_time(c.text);
    EXPECT_EQ(at ? std::chrono::duration_cast<std::chrono::seconds>(at->time_since_epoch()).count()
                 : kNone,
              c.seconds);
  }
}

TEST(LastActivity, NeverLiesInTheFuture) {
  const Timestamp now{Duration(1'795'326'011'000)};
  const json::value task{{"updated", "2031-01-01T00:00:00Z"}};
  EXPECT_EQ(last_activity(task, now).at, now);
}

TEST(IsOwnTask, LooksForTheMarkerAtTheStartOfALine) {
  const struct {
    const char* name;
    json::value notes;
    bool is_own;
  } cases[] = {
      {"the host's line", "chela-finding: workspace-git/uncommitted\ncheck: workspace-git", true},
      {"later and indented", "by hand\n  chela-key: tasks/stale:k3f9q2\r\n", true},
      {"a list of notes", json::array{"first", "chela-finding: x/y"}, true},
      {"in the middle of a line", "see chela-finding: x/y", false},
      {"no notes", nullptr, false},
      {"a number", 3, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(is_own_task(json::object{{"notes", c.notes}}), c.is_own);
  }
  EXPECT_FALSE(is_own_task(json::object{}));
}

}  // namespace
}  // namespace check_tasks
