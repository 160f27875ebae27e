#include "range.h"

#include <charconv>
#include <cmath>
#include <optional>
#include <string>

namespace check_exec {
namespace {

std::optional<double> number(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

}  // namespace

chela::Result<Range> parse_range(std::string_view text) {
  const auto refuse = [whole = std::string(text)] {
    return chela::fail(chela::ErrorCode::invalid_argument,
                       "'" + whole.substr(0, 60) +
                           "' is no threshold; wanted one such as 10, 10:, ~:10, 10:20 or @10:20");
  };
  Range range;
  if (text.starts_with('@')) {
    range.is_inside_bad = true;
    text.remove_prefix(1);
  }
  const auto colon = text.find(':');
  const auto from = colon == std::string_view::npos ? "" : text.substr(0, colon);
  const auto to = colon == std::string_view::npos ? text : text.substr(colon + 1);
  if (colon == std::string_view::npos && to.empty()) return refuse();
  if (from == "~") {
    range.from = -std::numeric_limits<double>::infinity();
  } else if (!from.empty()) {
    const auto value = number(from);
    if (!value) return refuse();
    range.from = *value;
  }
  if (!to.empty()) {
    const auto value = number(to);
    if (!value) return refuse();
    range.to = *value;
  }
  if (range.from > range.to) return refuse();
  return range;
}

bool is_fine(const Range& range, double value) {
  const bool is_inside = value >= range.from && value <= range.to;
  return is_inside != range.is_inside_bad;
}

}  // namespace check_exec
