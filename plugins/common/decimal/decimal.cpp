#include "decimal.h"

#include <algorithm>
#include <cmath>

namespace money {
namespace {

using chela::ErrorCode;
using chela::fail;

constexpr std::size_t kLongestText = 60;

constexpr Int128 power_of_ten(int exponent) {
  Int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

constexpr Int128 kOne = power_of_ten(Decimal::kDecimals);
constexpr Int128 kMost = power_of_ten(16) * kOne;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// A number in text, taken apart.
struct Written {
  bool is_negative = false;
  std::string_view whole;
  std::string_view fraction;
};

Result<Written> take_apart(std::string_view text) {
  const auto refuse = [&] {
    std::string shown;
    for (const char c : text.substr(0, 40)) shown += c >= 0x20 && c < 0x7f ? c : '?';
    return fail(ErrorCode::invalid_argument,
                "wanted a decimal number such as 1234.56, found '" + shown + "'");
  };
  if (text.size() > kLongestText) return refuse();
  std::string_view rest = text;
  Written written;
  if (!rest.empty() && (rest.front() == '-' || rest.front() == '+')) {
    written.is_negative = rest.front() == '-';
    rest.remove_prefix(1);
  }
  const auto point = rest.find('.');
  written.whole = rest.substr(0, point);
  if (point != std::string_view::npos) written.fraction = rest.substr(point + 1);
  const bool has_digits = !written.whole.empty() || !written.fraction.empty();
  if (!has_digits || !std::all_of(written.whole.begin(), written.whole.end(), is_digit) ||
      !std::all_of(written.fraction.begin(), written.fraction.end(), is_digit))
    return refuse();
  return written;
}

chela::Error too_large() {
  return {ErrorCode::out_of_range, "wanted a number below 10^16, found a larger one"};
}

// `digits` behind `value`, or out_of_range above kMost.
Result<Int128> append_digits(Int128 value, std::string_view digits) {
  for (const char c : digits) {
    value = value * 10 + (c - '0');
    if (value > kMost) return fail(too_large());
  }
  return value;
}

std::string digits_of(Int128 number) {
  std::string text;
  do {
    text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(number % 10)));
    number /= 10;
  } while (number > 0);
  return text;
}

}  // namespace

Result<Decimal> Decimal::bounded(Int128 units) {
  if (units > kMost || units < -kMost) return fail(too_large());
  return Decimal(units);
}

Result<Decimal> Decimal::parse(std::string_view text) {
  CHELA_TRY(const Written written, take_apart(text));
  std::string fraction(written.fraction.substr(0, kDecimals));
  fraction.resize(kDecimals, '0');
  CHELA_TRY(const Int128 whole, append_digits(0, written.whole));
  CHELA_TRY(const Int128 units, append_digits(whole, fraction));
  return Decimal(written.is_negative ? -units : units);
}

Result<Decimal> Decimal::from_micros(std::int64_t millionths) {
  return bounded(static_cast<Int128>(millionths) * power_of_ten(kDecimals - 6));
}

Result<Decimal> Decimal::whole(std::int64_t number) {
  return bounded(static_cast<Int128>(number) * kOne);
}

// Two bounded numbers always fit into 128 bits.
Result<Decimal> Decimal::add(Decimal a, Decimal b) {
  return bounded(a.units_ + b.units_);
}
Result<Decimal> Decimal::subtract(Decimal a, Decimal b) {
  return bounded(a.units_ - b.units_);
}

std::string Decimal::text() const {
  const Int128 size = magnitude().units_;
  std::string text = (is_negative() ? "-" : "") + digits_of(size / kOne);
  std::string fraction = digits_of(size % kOne);
  fraction.insert(0, static_cast<std::size_t>(kDecimals) - fraction.size(), '0');
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  return fraction.empty() ? text : text + "." + fraction;
}

std::string Decimal::dollars() const {
  constexpr Int128 kCent = kOne / 100;
  const Int128 cents = (magnitude().units_ + kCent / 2) / kCent;
  std::string whole = digits_of(cents / 100);
  for (auto at = static_cast<std::ptrdiff_t>(whole.size()) - 3; at > 0; at -= 3)
    whole.insert(static_cast<std::size_t>(at), ",");
  const auto rest = static_cast<int>(cents % 100);
  return std::string(is_negative() && cents != 0 ? "-$" : "$") + whole + "." +
         std::to_string(rest / 10) + std::to_string(rest % 10);
}

double Decimal::approximate() const {
  // Millionths first: their number is exact in a double, so that 1234.5 stays 1234.5.
  return static_cast<double>(units_ / power_of_ten(kDecimals - 6)) / 1e6;
}

bool is_share_at_least(Decimal part, Decimal whole, BasisPoints share) {
  if (whole.units_ <= 0) return false;
  Int128 wanted = 0;
  // A share far above 100 % of a huge number is more than any part can be.
  if (__builtin_mul_overflow(whole.units_, static_cast<Int128>(share.count), &wanted)) return false;
  return part.units_ * 10'000 >= wanted;
}

BasisPoints share_of(Decimal part, Decimal whole) {
  if (whole.units_ <= 0) return {};
  const Int128 scaled = part.units_ * 10'000;
  const Int128 half = whole.units_ / 2;
  const Int128 rounded = (scaled + (scaled < 0 ? -half : half)) / whole.units_;
  constexpr Int128 kLimit = 1'000'000'000;
  return {static_cast<std::int64_t>(std::clamp(rounded, -kLimit, kLimit))};
}

std::string percent(BasisPoints share) {
  const std::int64_t size = share.count < 0 ? -share.count : share.count;
  std::string text = (share.count < 0 ? "-" : "") + std::to_string(size / 100);
  if (size % 100 != 0) {
    text += "." + std::to_string(size % 100 / 10);
    if (size % 10 != 0) text += std::to_string(size % 10);
  }
  return text + " %";
}

Result<BasisPoints> read_percent(double percent) {
  const double scaled = percent * 100;
  if (std::isfinite(scaled) && scaled >= 0 && scaled <= 1e7 &&
      std::abs(scaled - std::round(scaled)) < 1e-6)
    return BasisPoints{std::llround(scaled)};
  return fail(ErrorCode::invalid_argument,
              "wanted a percentage from 0 to 100,000 with at most two decimals");
}

Result<std::int64_t> parse_fixed(std::string_view text, int decimals) {
  CHELA_TRY(const Written written, take_apart(text));
  const auto kept = std::min(static_cast<std::size_t>(decimals), written.fraction.size());
  if (written.fraction.find_first_not_of('0', kept) != std::string_view::npos) {
    return fail(ErrorCode::invalid_argument, "wanted a number with at most " +
                                                 std::to_string(decimals) + " decimals, found '" +
                                                 std::string(text) + "'");
  }
  std::string fraction(written.fraction.substr(0, kept));
  fraction.resize(static_cast<std::size_t>(decimals), '0');
  CHELA_TRY(const Int128 whole, append_digits(0, written.whole));
  CHELA_TRY(const Int128 units, append_digits(whole, fraction));
  if (units > INT64_MAX)
    return fail(ErrorCode::out_of_range, "the number '" + std::string(text) + "' is too large");
  return static_cast<std::int64_t>(written.is_negative ? -units : units);
}

}  // namespace money
