// Money as a decimal integer: what a service wrote as text is compared and summed without a double.
#pragma once

#include <chela/result.h>

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace money {

using chela::Result;

__extension__ using Int128 = __int128;

// A hundredth of a percent: 5 % are 500.
struct BasisPoints {
  std::int64_t count = 0;
  auto operator<=>(const BasisPoints&) const = default;
};

// A number with 18 decimals, between -10^16 and 10^16. The bounds leave room to multiply by the
// 10,000 of a percentage, so that no comparison can overflow.
class Decimal {
 public:
  static constexpr int kDecimals = 18;

  constexpr Decimal() = default;

  // "122011.09751112", "-3", "+.5": exact up to 18 decimals; what stands behind them is cut off.
  // invalid_argument where it is no such number (no exponent, no blanks, no separators, at most 60
  // characters), out_of_range beyond the bounds.
  static Result<Decimal> parse(std::string_view text);
  static Result<Decimal> from_micros(std::int64_t millionths);
  static Result<Decimal> whole(std::int64_t number);

  // out_of_range beyond the bounds.
  static Result<Decimal> add(Decimal a, Decimal b);
  static Result<Decimal> subtract(Decimal a, Decimal b);

  friend constexpr auto operator<=>(Decimal, Decimal) = default;
  constexpr Decimal operator-() const { return Decimal(-units_); }
  constexpr bool is_zero() const { return units_ == 0; }
  constexpr bool is_negative() const { return units_ < 0; }
  constexpr Decimal magnitude() const { return Decimal(units_ < 0 ? -units_ : units_); }

  // The shortest text that parse() reads back as the same number: "-0.5", "3".
  std::string text() const;
  // Rounded to cents, with separators, for people: "$1,234.57", "-$0.01".
  std::string dollars() const;
  // For curves only, never for a decision.
  double approximate() const;

 private:
  friend bool is_share_at_least(Decimal, Decimal, BasisPoints);
  friend BasisPoints share_of(Decimal, Decimal);
  explicit constexpr Decimal(Int128 units) : units_(units) {}
  static Result<Decimal> bounded(Int128 units);
  Int128 units_ = 0;  // in 10^-18
};

// Whether `part` is at least `share` of `whole`; false where `whole` is not positive.
bool is_share_at_least(Decimal part, Decimal whole, BasisPoints share);

// `part` of `whole`, rounded to the nearest (half away from zero), within +-10^9; 0 where `whole`
// is not positive. For people; decisions use is_share_at_least().
BasisPoints share_of(Decimal part, Decimal whole);

// "1.25 %", "-0.05 %", "12 %".
std::string percent(BasisPoints share);

// A percentage from a person's settings. invalid_argument where it has more than two decimals, is
// negative or above 100,000.
Result<BasisPoints> read_percent(double percent);

// A text such as "0.560000" in units of 10^-decimals: ("0.56", 6) -> 560000, ("-10.00", 2) ->
// -1000. invalid_argument where it is no number or has further decimals that are not 0;
// out_of_range where it does not fit.
Result<std::int64_t> parse_fixed(std::string_view text, int decimals);

}  // namespace money
