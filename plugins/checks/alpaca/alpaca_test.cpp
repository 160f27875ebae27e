// check.alpaca against a host that plays Alpaca: the fixture folders.
#include <chela/testing/fixtures.h>

namespace check_alpaca {
namespace {

TEST(AlpacaFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_check_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 40);
}

}  // namespace
}  // namespace check_alpaca
