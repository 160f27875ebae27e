#include <chela/testing/fixtures.h>

namespace check_exec {
namespace {

TEST(ExecFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_check_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 20);
}

}  // namespace
}  // namespace check_exec
