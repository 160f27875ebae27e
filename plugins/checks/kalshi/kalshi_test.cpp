// check.kalshi against a host that plays Kalshi: the fixture folders, and what is signed.
#include <chela/testing/fixtures.h>

namespace check_kalshi {
namespace {

TEST(KalshiFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_check_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 40);
}

}  // namespace
}  // namespace check_kalshi
