#include "models/money.h"

#include <gtest/gtest.h>

namespace chela::models {
namespace {

TEST(Money, ReadsDecimals) {
  const struct {
    const char* text;
    std::optional<Usd> amount;
  } cases[] = {{"2", Usd{2'000'000'000}},    {"0.01875", Usd{18'750'000}},
               {"0.000000001", Usd{1}},      {"1000000000", Usd{1'000'000'000'000'000'000}},
               {"", std::nullopt},           {"1.", std::nullopt},
               {".5", std::nullopt},         {"-1", std::nullopt},
               {"1e3", std::nullopt},        {"0.0000000001", std::nullopt},
               {"2000000000", std::nullopt}, {"1 ", std::nullopt}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(parse_usd(c.text), c.amount);
    if (c.amount) {
      EXPECT_EQ(parse_usd(decimal_usd(*c.amount)), c.amount);
    }
  }
}

TEST(Money, ReadsWhatServicesCharge) {
  EXPECT_EQ(parse_charged_usd("0.00014"), Usd{140'000});
  EXPECT_EQ(parse_charged_usd("1.5e-7"), Usd{150});
  EXPECT_EQ(parse_charged_usd("1.5e-10"), Usd{1});
  EXPECT_EQ(parse_charged_usd("0"), Usd{0});
  for (const char* text : {"", "nan", "-1", "1e99", "free"})
    EXPECT_FALSE(parse_charged_usd(text)) << text;
}

TEST(Money, PricesTokensExactly) {
  EXPECT_EQ(cost_of(1'000'000, Usd{3'000'000'000}), Usd{3'000'000'000});
  EXPECT_EQ(cost_of(1, Usd{18'750'000}), Usd{19});  // 18.75, rounded up
  EXPECT_EQ(cost_of(0, Usd{18'750'000}), Usd{0});
  EXPECT_EQ(cost_of(-5, Usd{18'750'000}), Usd{0});
  EXPECT_GT(cost_of(std::int64_t{1} << 40, Usd{1'000'000'000'000'000'000}).nanos, 0);
}

TEST(Money, IsShownWithThreeDigitsThatCount) {
  const struct {
    std::int64_t nanos;
    const char* text;
  } cases[] = {{0, "$0"},
               {1'500'000'000, "$1.50"},
               {12'340'000, "$0.0123"},
               {100'000'000, "$0.10"},
               {1'230, "$0.00000123"},
               {-12'340'000, "-$0.0123"},
               {999'999'999, "$1.00"}};
  for (const auto& c : cases) EXPECT_EQ(format_usd({c.nanos}), c.text);
}

}  // namespace
}  // namespace chela::models
