#include "models/money.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>

namespace chela::models {
namespace {

constexpr std::int64_t kOne = 1'000'000'000;
constexpr std::int64_t kMost = 1'000'000'000;  // dollars

}  // namespace

std::optional<Usd> parse_usd(std::string_view text) {
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point == text.size() ? "" : text.substr(point + 1);
  const auto is_digits = [](std::string_view digits) {
    return std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  };
  if (whole.empty() || whole.size() > 10 || fraction.size() > 9 || !is_digits(whole) ||
      !is_digits(fraction) || (point != text.size() && fraction.empty()))
    return std::nullopt;
  std::int64_t dollars = 0;
  for (const char c : whole) dollars = dollars * 10 + (c - '0');
  if (dollars > kMost) return std::nullopt;
  std::int64_t nanos = 0;
  for (std::size_t i = 0; i < 9; ++i)
    nanos = nanos * 10 + (i < fraction.size() ? fraction[i] - '0' : 0);
  return Usd{dollars * kOne + nanos};
}

std::optional<Usd> parse_charged_usd(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || text.empty() || end != text.data() + text.size()) return std::nullopt;
  if (!(value >= 0) || value > static_cast<double>(kMost)) return std::nullopt;
  if (const auto exact = parse_usd(text)) return exact;
  return Usd{static_cast<std::int64_t>(std::ceil(value * static_cast<double>(kOne)))};
}

std::string format_usd(Usd amount) {
  if (amount.nanos == 0) return "$0";
  const char* sign = amount.nanos < 0 ? "-" : "";
  const double dollars = std::abs(static_cast<double>(amount.nanos)) / 1e9;
  char text[64];
  if (dollars >= 0.995) {
    std::snprintf(text, sizeof text, "%s$%.2f", sign, dollars);
    return text;
  }
  const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(dollars))) + 2, 2, 9);
  std::snprintf(text, sizeof text, "%s$%.*f", sign, decimals, dollars);
  std::string trimmed = text;
  while (trimmed.ends_with('0') && trimmed.size() > trimmed.find('.') + 3) trimmed.pop_back();
  return trimmed;
}

std::string decimal_usd(Usd amount) {
  const bool is_negative = amount.nanos < 0;
  const std::int64_t nanos = is_negative ? -amount.nanos : amount.nanos;
  char text[64];
  std::snprintf(text, sizeof text, "%s%lld.%09lld", is_negative ? "-" : "",
                static_cast<long long>(nanos / kOne), static_cast<long long>(nanos % kOne));
  std::string trimmed = text;
  while (trimmed.ends_with('0')) trimmed.pop_back();
  if (trimmed.ends_with('.')) trimmed.pop_back();
  return trimmed;
}

Usd cost_of(std::int64_t tokens, Usd per_million) {
  __extension__ using Wide = __int128;
  const Wide product = static_cast<Wide>(std::max<std::int64_t>(tokens, 0)) * per_million.nanos;
  const Wide nanos = (product + 999'999) / 1'000'000;
  constexpr auto kLimit = static_cast<Wide>(std::numeric_limits<std::int64_t>::max() / 2);
  return {static_cast<std::int64_t>(std::min(nanos, kLimit))};
}

}  // namespace chela::models
