// The share of changes among the last 21 results, and when that is flapping.
#include "heartbeat/flapping.h"

#include <gtest/gtest.h>

namespace chela::heartbeat {
namespace {

TEST(Flapping, WeighsChangesByTheirAge) {
  const struct {
    const char* name;
    const char* history;
    double percent;
  } cases[] = {
      {"nothing yet", "", 0},
      {"never reported", "000", 0},
      {"reported for the first time", "1", 6.25},
      {"for the first time, long ago: the change is forgotten", "111111111111111111111", 0},
      {"for the first time, as long ago as is remembered", "011111111111111111111", 3.75},
      {"in the middle of twenty", "000000000011111111111", 4.934},
      {"each time", "010101010101010101010", 100},
      {"the last four", "000000000000000000101", 18.355},
      {"and back", "000000000000000001010", 24.211},
      {"three times and back", "000000000000000101010", 35.526},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_NEAR(changes_percent(c.history), c.percent, 0.001);
  }
}

TEST(Flapping, HasTwoThresholds) {
  EXPECT_FALSE(flaps("000000000000000001010", false));
  EXPECT_TRUE(flaps("000000000000000001010", true)) << "once it flaps, less keeps it so";
  EXPECT_TRUE(flaps("000000000000000101010", false));
  EXPECT_FALSE(flaps("000000000000011000000", true));
}

TEST(Flapping, RemembersTwentyOneResults) {
  std::string history;
  for (int i = 0; i < 30; ++i) remember_result(history, i >= 10);
  EXPECT_EQ(history, "0" + std::string(20, '1'));
  remember_result(history, false);
  EXPECT_EQ(history, std::string(20, '1') + "0");
}

}  // namespace
}  // namespace chela::heartbeat
