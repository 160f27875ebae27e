#include <chela/testing/fixtures.h>

#include "meminfo.h"

namespace check_system {
namespace {

TEST(SystemFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_check_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 25);
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

}  // namespace
}  // namespace check_system
