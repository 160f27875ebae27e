// Base64 and quoted-printable, read as leniently as mail needs: what does not fit is left out.
#pragma once

#include <string>
#include <string_view>

namespace check_email {

std::string decode_base64(std::string_view text);
// Of bodies (RFC 2045): soft line ends vanish, a "=" that begins nothing stays.
std::string decode_quoted_printable(std::string_view text);
// Of headers (RFC 2047): as above, and "_" is a blank.
std::string decode_q(std::string_view text);

}  // namespace check_email
