// The last word about a value that a pattern found: is it a secret, or does it only stand like one?
#pragma once

#include <string_view>

namespace chela::services {

bool has_digit(std::string_view text);
// No word of prose: a digit, a mark within, or capitals after small letters.
bool is_mixed(std::string_view text);
// Not `true`, `null` and the like, and no reference to a secret: `${NAME}`, `{{secret:x}}`,
// `op://`.
bool is_value(std::string_view text);
// 13 to 19 digits whose Luhn sum fits (ISO/IEC 7812-1).
bool is_card_number(std::string_view text);
// Letters and digits whose check sum fits (ISO 13616).
bool is_iban(std::string_view text);

}  // namespace chela::services
