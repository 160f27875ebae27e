// check.weather against a host that plays both services: the fixture folders.
#include <chela/testing/fixtures.h>

TEST(WeatherFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_check_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 25);
}
