// Texts for people: numbers in groups.
#include "base/text.h"

#include <gtest/gtest.h>

#include <limits>

namespace chela::base {
namespace {

TEST(Grouped, PutsACommaBeforeEachThreeDigits) {
  const struct {
    const char* name;
    std::int64_t number;
    const char* text;
  } cases[] = {
      {"nothing", 0, "0"},
      {"three digits", 999, "999"},
      {"four digits", 1000, "1,000"},
      {"six digits", 499971, "499,971"},
      {"seven digits", 1048576, "1,048,576"},
      {"three digits below zero", -999, "-999"},
      {"six digits below zero", -123456, "-123,456"},
      {"the least", std::numeric_limits<std::int64_t>::min(), "-9,223,372,036,854,775,808"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(grouped(c.number), c.text);
  }
}

}  // namespace
}  // namespace chela::base
