#include "services/redact_checks.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace chela::services {
namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_lower(char c) {
  return c >= 'a' && c <= 'z';
}

}  // namespace

bool has_digit(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_digit);
}

bool is_mixed(std::string_view text) {
  bool has_lower = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_digit(c) || (is_upper(c) && has_lower)) return true;
    const bool is_last = i + 1 == text.size();
    if (!is_upper(c) && !is_lower(c) && (!is_last || c == '=')) return true;
    has_lower = has_lower || is_lower(c);
  }
  return false;
}

bool is_value(std::string_view text) {
  constexpr std::array<std::string_view, 9> kNothing{"true", "false",     "null", "nil", "none",
                                                     "yes",  "undefined", "no",   "***"};
  constexpr std::array<std::string_view, 5> kReferences{"${", "$(", "{{", "op://", "env:"};
  const auto begins = [&](std::string_view front) { return text.starts_with(front); };
  if (std::any_of(kReferences.begin(), kReferences.end(), begins)) return false;
  std::string small;
  if (text.size() > 9) return true;
  for (const char c : text) {
    small += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return std::find(kNothing.begin(), kNothing.end(), small) == kNothing.end();
}

bool is_card_number(std::string_view text) {
  int sum = 0, digits = 0;
  for (auto at = text.rbegin(); at != text.rend(); ++at) {
    if (!is_digit(*at)) continue;
    const int digit = *at - '0';
    const int part = digits++ % 2 == 0 ? digit : digit * 2;
    sum += part > 9 ? part - 9 : part;
  }
  return digits >= 13 && digits <= 19 && sum % 10 == 0;
}

bool is_iban(std::string_view text) {
  std::string compact;
  for (const char c : text) {
    if (c != ' ') compact += c;
  }
  if (compact.size() < 15 || compact.size() > 34) return false;
  std::rotate(compact.begin(), compact.begin() + 4, compact.end());
  unsigned rest = 0;
  for (const char c : compact) {
    rest = is_digit(c) ? rest * 10 + static_cast<unsigned>(c - '0')
                       : rest * 100 + static_cast<unsigned>(c - 'A') + 10;
    rest %= 97;
  }
  return rest == 1;
}

}  // namespace chela::services
