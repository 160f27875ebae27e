// Which texts may be signed for a plugin. Pure.
#pragma once

#include <string>
#include <string_view>

#include "services/grant.h"

namespace chela::services {

// Whether `text` is what `pattern` describes: '#' stands for one to twenty decimal digits, a '*' at
// the end for the rest without a line end; everything else for itself.
bool matches_sign_pattern(std::string_view pattern, std::string_view text);

// permission_denied says whether the key is not granted at all, or not for such a text. The text
// itself is not repeated.
Result<void> check_signing(const Caller& caller, std::string_view key, std::string_view text);

}  // namespace chela::services
