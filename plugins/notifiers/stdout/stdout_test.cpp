// notify.stdout hands its text to the host: the fixture folders.
#include <chela/testing/fixtures.h>

TEST(StdoutFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_notifier_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 4);
}
