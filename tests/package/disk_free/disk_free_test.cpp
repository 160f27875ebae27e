#include <chela/testing/fixtures.h>

TEST(DiskFree, DoesWhatTheFixturesSay) {
  EXPECT_GE(chela::testing::run_check_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 3);
}
