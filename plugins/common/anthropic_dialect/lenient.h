// Numbers as services write them where nobody promised a type: 3, "3", "$3.00".
#pragma once

#include <optional>
#include <string_view>

#include "chela/json.h"

namespace chela::anthropic {

// The member as a number between -10^15 and 10^15; nullopt where it is missing or none.
std::optional<double> lenient_number(const json::value& holder, std::string_view key);

}  // namespace chela::anthropic
