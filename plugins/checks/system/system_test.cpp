#include <chela/testing/fixtures.h>

#include "meminfo.h"
#include "pressure.h"
#include "vmstat.h"

namespace check_system {
namespace {

TEST(SystemFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_check_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 90);
}

TEST(ParseMeminfo, RefusesWhatItCannotRead) {
  const struct {
    const char* name;
    const char* text;
    bool is_readable;
  } cases[] = {
      {"as the kernel writes it",
       "MemTotal:        1000 kB\nMemFree: 1 kB\nMemAvailable:     250 kB\n", true},
      {"another order, no last line break", "MemAvailable: 250 kB\nMemTotal: 1000 kB", true},
      {"empty", "", false},
      {"no total", "MemAvailable: 250 kB\n", false},
      {"an old kernel", "MemTotal: 1000 kB\n", false},
      {"a total of zero", "MemTotal: 0 kB\nMemAvailable: 0 kB\n", false},
      {"more available than there is", "MemTotal: 1000 kB\nMemAvailable: 1001 kB\n", false},
      {"another unit", "MemTotal: 1000 MB\nMemAvailable: 250 MB\n", false},
      {"no unit", "MemTotal: 1000\nMemAvailable: 250\n", false},
      {"negative", "MemTotal: 1000 kB\nMemAvailable: -1 kB\n", false},
      {"too large", "MemTotal: 99999999999999999999 kB\nMemAvailable: 250 kB\n", false},
      {"a name that only starts so", "MemTotalX: 1000 kB\nMemAvailable: 250 kB\n", false},
      {"cut off", "MemTotal: 1000 kB\nMemAvail", false},
      {"bytes", "\xff\xfe\xfd", false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto memory = parse_meminfo(c.text);
    ASSERT_EQ(memory.has_value(), c.is_readable);
    if (memory) {
      EXPECT_EQ(memory->total_bytes, 1'024'000u);
      EXPECT_DOUBLE_EQ(memory->available_percent(), 25.0);
    } else {
      EXPECT_EQ(memory.error().code, chela::ErrorCode::data_loss);
    }
  }
}

TEST(OomKills, AreReadFromTheirOwnLineOnly) {
  constexpr std::int64_t kNotCounted = -1, kRefused = -2;
  const struct {
    const char* name;
    const char* text;
    std::int64_t kills;
  } cases[] = {
      {"as the kernel writes it", "nr_free_pages 1\noom_kill 7\nx 2\n", 7},
      {"none yet, no last line break", "oom_kill 0", 0},
      {"an old kernel", "nr_free_pages 1\nnr_zone 2\n", kNotCounted},
      {"names that are like it", "oom_kill_x 7\nxoom_kill 7\n", kNotCounted},
      {"empty", "", kRefused},
      {"no number", "nr_free_pages 1\noom_kill", kRefused},
      {"negative", "oom_kill -1", kRefused},
      {"a tail", "oom_kill 7x", kRefused},
      {"too large", "oom_kill 99999999999999999999", kRefused},
      {"another file", "<html>\n", kRefused},
      {"bytes", "\xff\xfe\xfd", kRefused},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto kills = parse_oom_kills(c.text);
    ASSERT_EQ(kills.has_value(), c.kills != kRefused);
    if (kills) {
      EXPECT_EQ(kills->value_or(kNotCounted), c.kills);
    }
  }
}

TEST(ParsePressure, RefusesWhatItCannotRead) {
  const struct {
    const char* name;
    const char* text;
    double share;  // -1 = refused
  } cases[] = {
      {"as the kernel writes it",
       "some avg10=1.00 avg60=2.00 avg300=3.25 total=9\nfull avg10=0.00 avg60=0.00 avg300=0.00 "
       "total=0\n",
       3.25},
      {"without a full line", "some avg10=0.00 avg60=0.00 avg300=100.00 total=9", 100},
      {"empty", "", -1},
      {"the full line only", "full avg10=0.00 avg60=0.00 avg300=1.00 total=0\n", -1},
      {"no such figure", "some avg10=0.00 avg60=0.00 total=0\nfull avg300=1.00\n", -1},
      {"above everything", "some avg300=100.01 total=0\n", -1},
      {"negative", "some avg300=-1.00 total=0\n", -1},
      {"no number", "some avg300=nan total=0\n", -1},
      {"a number with a tail", "some avg300=1.00x total=0\n", -1},
      {"bytes", "\xff\xfe\xfd", -1},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto share = parse_pressure(c.text);
    ASSERT_EQ(share.has_value(), c.share >= 0);
    if (share) {
      EXPECT_DOUBLE_EQ(*share, c.share);
    }
  }
}

}  // namespace
}  // namespace check_system
