// Money in billionths of a dollar: whole numbers, so that sums of many small calls are exact.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chela::models {

struct Usd {
  std::int64_t nanos = 0;  // 1e-9 USD
  auto operator<=>(const Usd&) const = default;
  Usd& operator+=(Usd other) {
    nanos += other.nanos;
    return *this;
  }
};
inline Usd operator+(Usd a, Usd b) {
  return {a.nanos + b.nanos};
}
inline Usd operator-(Usd a, Usd b) {
  return {a.nanos - b.nanos};
}

// "2", "0.01875", up to nine decimals, at most a billion dollars. nullopt for signs, exponents and
// all else.
std::optional<Usd> parse_usd(std::string_view text);

// The same with exponents ("1.5e-7"), as services write what they charged; rounded up.
std::optional<Usd> parse_charged_usd(std::string_view text);

// "$0.0123": two decimals from a dollar up, else three digits that count, "$0" for nothing.
std::string format_usd(Usd amount);

// "0.0123", exact, for JSON.
std::string decimal_usd(Usd amount);

// What `tokens` cost at `per_million`, rounded up to the next billionth; never beyond 9e18 nanos.
Usd cost_of(std::int64_t tokens, Usd per_million);

}  // namespace chela::models
