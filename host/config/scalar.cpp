#include "config/scalar.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "base/text.h"

namespace chela::config {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_any_of(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::size_t count_digits(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  return static_cast<std::size_t>(end - text.begin());
}

// [-+]? ( \.[0-9]+ | [0-9]+(\.[0-9]*)? ) ([eE][-+]?[0-9]+)?
bool is_float(std::string_view text) {
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  const auto whole = count_digits(text);
  text.remove_prefix(whole);
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    const auto fraction = count_digits(text);
    if (whole == 0 && fraction == 0) return false;
    text.remove_prefix(fraction);
  } else if (whole == 0) {
    return false;
  }
  if (text.empty()) return true;
  if (text.front() != 'e' && text.front() != 'E') return false;
  text.remove_prefix(1);
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) text.remove_prefix(1);
  return !text.empty() && count_digits(text) == text.size();
}

bool all_in(std::string_view text, std::string_view alphabet) {
  return !text.empty() && text.find_first_not_of(alphabet) == std::string_view::npos;
}

tl::unexpected<Error> does_not_fit(std::string_view text) {
  return fail(ErrorCode::invalid_argument,
              "the number does not fit; wanted at most 64 bits, or quotes around a text; found " +
                  base::printable(text, 60));
}

// `digits` has been checked against the base's alphabet, so only the range can fail.
Result<json::value> read_integer(std::string_view text, std::string_view digits, int number_base,
                                 bool is_negative) {
  std::uint64_t magnitude = 0;
  const auto read =
      std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, number_base);
  if (read.ec != std::errc()) return does_not_fit(text);
  constexpr auto kMax = static_cast<std::uint64_t>(INT64_MAX);
  if (!is_negative) {
    if (magnitude <= kMax) return json::value(static_cast<std::int64_t>(magnitude));
    return json::value(magnitude);
  }
  if (magnitude > kMax + 1) return does_not_fit(text);
  return json::value(static_cast<std::int64_t>(~magnitude + 1));
}

}  // namespace

Result<json::value> read_plain_scalar(std::string_view text) {
  if (is_any_of(text, {"", "~", "null", "Null", "NULL"})) return json::value(nullptr);
  if (is_any_of(text, {"true", "True", "TRUE"})) return json::value(true);
  if (is_any_of(text, {"false", "False", "FALSE"})) return json::value(false);
  const bool has_sign = text.front() == '-' || text.front() == '+';
  const auto unsigned_text = text.substr(has_sign ? 1 : 0);
  if (all_in(unsigned_text, "0123456789")) {
    return read_integer(text, unsigned_text, 10, text.front() == '-');
  }
  if (text.starts_with("0o") && all_in(text.substr(2), "01234567")) {
    return read_integer(text, text.substr(2), 8, false);
  }
  if (text.starts_with("0x") && all_in(text.substr(2), "0123456789abcdefABCDEF")) {
    return read_integer(text, text.substr(2), 16, false);
  }
  const bool is_infinite = is_any_of(unsigned_text, {".inf", ".Inf", ".INF"});
  if (is_infinite || is_any_of(text, {".nan", ".NaN", ".NAN"})) return does_not_fit(text);
  if (!is_float(text)) return json::value(json::string(text));
  const auto digits = text.front() == '+' ? text.substr(1) : text;
  double number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (read.ec != std::errc() || !std::isfinite(number)) return does_not_fit(text);
  return json::value(number);
}

}  // namespace chela::config
