// Bytes in any charset made UTF-8, through iconv.
#pragma once

#include <string>
#include <string_view>

namespace check_email {

// `bytes` in `charset` as UTF-8; what is no character there becomes U+FFFD. A charset that nobody
// knows, and ASCII with other bytes in it, are guessed.
std::string to_utf8(std::string_view bytes, std::string_view charset);

// Bytes of which nobody says what they are: UTF-8 where they are sound UTF-8, else Windows-1252.
std::string guess_utf8(std::string_view bytes);

}  // namespace check_email
