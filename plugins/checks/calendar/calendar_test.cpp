// check.calendar as the host sees it: every folder of fixtures/.
#include <chela/testing/fixtures.h>

namespace check_calendar {
namespace {

TEST(CalendarFixtures, AreAllMet) {
  EXPECT_GE(chela::testing::run_check_fixtures(CHELA_PLUGIN_FILE, CHELA_PLUGIN_DIR), 55);
}

}  // namespace
}  // namespace check_calendar
