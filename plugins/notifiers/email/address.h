// Addresses of mail as a person writes them into the settings. Pure.
#pragma once

#include <string>
#include <string_view>

namespace email {

// local@domain in ASCII, without comments, quotes or a name: what can stand in MAIL FROM:<...> and
// in a header without further thought.
bool is_address(std::string_view text);

// What stands behind the @.
std::string domain_of(std::string_view address);

}  // namespace email
