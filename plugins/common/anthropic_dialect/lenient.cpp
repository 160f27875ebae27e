#include "lenient.h"

#include <charconv>
#include <cmath>

namespace chela::anthropic {

std::optional<double> lenient_number(const json::value& holder, std::string_view key) {
  const auto* member = find(holder, key);
  if (member == nullptr) return std::nullopt;
  double value = 0;
  if (member->is_string()) {
    std::string_view text = member->get_string();
    if (text.starts_with('$')) text.remove_prefix(1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  } else if (member->is_number()) {
    value = member->to_number<double>();
  } else {
    return std::nullopt;
  }
  if (!(std::fabs(value) <= 1e15)) return std::nullopt;
  return value;
}

}  // namespace chela::anthropic
