// Money as decimal integers: exact, bounded, and never a double.
#include "decimal.h"

#include <gtest/gtest.h>

#include <random>

namespace money {
namespace {

Decimal amount(std::string_view text) {
  const auto parsed = Decimal::parse(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed.value_or(Decimal());
}

TEST(Decimal, ReadsWhatServicesWrite) {
  const struct {
    const char *text, *back;
  } cases[] = {
      {"122011.09751112", "122011.09751112"},
      {"122011.09751111286868", "122011.09751111286868"},
      {"0", "0"},
      {"-0", "0"},
      {"-0.00", "0"},
      {"+5", "5"},
      {".5", "0.5"},
      {"5.", "5"},
      {"-1.50", "-1.5"},
      {"000123.4500", "123.45"},
      {"10000000000000000", "10000000000000000"},
      {"0.000000000000000001", "0.000000000000000001"},
      {"0.0000000000000000019", "0.000000000000000001"},  // the 19th decimal is cut off
      {"-0.0000000000000000019", "-0.000000000000000001"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    EXPECT_EQ(amount(c.text).text(), c.back);
    EXPECT_EQ(amount(c.back), amount(c.text));
  }
}

TEST(Decimal, RefusesWhatIsNoNumber) {
  for (const char* text : {"", "-", ".", "+.", "1e5", "1,000", " 1", "1 ", "0x10", "1.2.3", "--1",
                           "NaN", "inf", "\xff"}) {
    SCOPED_TRACE(text);
    ASSERT_FALSE(Decimal::parse(text).has_value());
    EXPECT_EQ(Decimal::parse(text).error().code, chela::ErrorCode::invalid_argument);
  }
  EXPECT_FALSE(Decimal::parse(std::string(61, '0')).has_value());
}

TEST(Decimal, RefusesWhatIsBeyondItsBounds) {
  for (const char* text : {"10000000000000001", "-10000000000000000.1", "99999999999999999999",
                           "123456789012345678901234567890123456789012345678901234567890"}) {
    SCOPED_TRACE(text);
    ASSERT_FALSE(Decimal::parse(text).has_value());
    EXPECT_EQ(Decimal::parse(text).error().code, chela::ErrorCode::out_of_range);
  }
  const Decimal most = amount("10000000000000000");
  EXPECT_FALSE(Decimal::add(most, amount("0.000000000000000001")).has_value());
  EXPECT_FALSE(Decimal::subtract(-most, amount("1")).has_value());
  EXPECT_FALSE(Decimal::whole(INT64_MAX).has_value());
  EXPECT_EQ(Decimal::from_micros(INT64_MIN)->text(), "-9223372036854.775808");
}

TEST(Decimal, SumsWhereDoublesDoNot) {
  Decimal sum;
  for (int i = 0; i < 10; ++i) sum = *Decimal::add(sum, amount("0.1"));
  EXPECT_EQ(sum, amount("1"));
  EXPECT_EQ(Decimal::subtract(amount("0.3"), amount("0.1"))->text(), "0.2");
}

TEST(Decimal, ComparesByValue) {
  EXPECT_LT(amount("-2"), amount("-1.999999999999999999"));
  EXPECT_LT(amount("9007199254740992.1"), amount("9007199254740992.2"));  // one double for both
  EXPECT_EQ(amount("1.0"), amount("1"));
}

TEST(Decimal, KeepsTextsOfRandomNumbers) {
  std::mt19937_64 engine(7);
  for (int i = 0; i < 2000; ++i) {
    const std::string text = (engine() % 2 ? "-" : "") +
                             std::to_string(1 + engine() % 1'000'000'000'000'000) + "." +
                             std::to_string(engine() % 1'000'000'000) + "1";
    ASSERT_EQ(amount(text).text(), text);
  }
}

TEST(Dollars, AreRoundedToCents) {
  const struct {
    const char *text, *shown;
  } cases[] = {{"0", "$0.00"},
               {"1234567.891", "$1,234,567.89"},
               {"999.995", "$1,000.00"},
               {"-0.005", "-$0.01"},
               {"-0.004", "$0.00"},
               {"-1000", "-$1,000.00"},
               {"123346.11", "$123,346.11"}};
  for (const auto& c : cases) EXPECT_EQ(amount(c.text).dollars(), c.shown) << c.text;
}

TEST(Share, IsComparedExactly) {
  const struct {
    const char *name, *part, *whole;
    std::int64_t share;
    bool is_met;
  } cases[] = {
      {"exactly", "5", "100", 500, true},
      {"a hair less", "4.999999999999999999", "100", 500, false},
      {"a hair more", "5.000000000000000001", "100", 500, true},
      {"nothing of nothing", "0", "0", 0, false},
      {"of a debt", "1", "-5", 100, false},
      {"a gain is no loss", "-5", "100", 500, false},
      {"the largest numbers", "10000000000000000", "10000000000000000", 10'000, true},
      {"an absurd share", "10000000000000000", "10000000000000000", 10'000'000, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(is_share_at_least(amount(c.part), amount(c.whole), {c.share}), c.is_met);
  }
}

TEST(Share, IsShownRounded) {
  EXPECT_EQ(percent(share_of(amount("1335.01"), amount("122011.0975"))), "1.09 %");
  EXPECT_EQ(percent(share_of(amount("-5"), amount("100"))), "-5 %");
  EXPECT_EQ(percent(share_of(amount("0.5"), amount("10000"))), "0.01 %");
  EXPECT_EQ(percent(share_of(amount("1"), amount("0.000000000000000001"))), "10000000 %");
  EXPECT_EQ(percent({120}), "1.2 %");
  EXPECT_EQ(percent({-5}), "-0.05 %");
}

TEST(Percent, IsReadFromSettings) {
  EXPECT_EQ(read_percent(2.5)->count, 250);
  EXPECT_EQ(read_percent(0.07)->count, 7);
  EXPECT_EQ(read_percent(100)->count, 10'000);
  for (const double wrong : {-1.0, 2.555, 1e6, 0.0 / 0.0}) EXPECT_FALSE(read_percent(wrong));
}

TEST(Fixed, IsExactOrRefused) {
  const struct {
    const char* text;
    int decimals;
    std::int64_t value;
  } cases[] = {{"0.5600", 6, 560'000},
               {"0.56", 6, 560'000},
               {"-10.00", 2, -1000},
               {"2.50", 2, 250},
               {"7", 2, 700},
               {"0.1000000", 6, 100'000},
               {"9223372036854.775807", 6, INT64_MAX}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.text);
    const auto value = parse_fixed(c.text, c.decimals);
    ASSERT_TRUE(value.has_value());
    EXPECT_EQ(*value, c.value);
  }
  for (const char* wrong : {"0.0000001", "", "1e3", "9223372036854.775808", "99999999999999999"})
    EXPECT_FALSE(parse_fixed(wrong, 6).has_value()) << wrong;
}

}  // namespace
}  // namespace money
