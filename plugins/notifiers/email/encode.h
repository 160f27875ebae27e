// How words travel in a mail that has only ASCII: encoded words, quoted-printable, dates. Pure.
#pragma once

#include <chela/duration.h>

#include <string>
#include <string_view>

namespace email {

// A header's text: itself where it is short printable ASCII, else RFC 2047 encoded words (UTF-8,
// base64) of at most 75 characters, folded. `used` is what stands in the first line before it.
std::string header_text(std::string_view text, std::size_t used);

// RFC 2045 quoted-printable: lines of at most 76 characters that end in CRLF. `text` has "\n".
std::string quoted_printable(std::string_view text);

// "Mon, 21 Sep 2026 14:13:20 +0000".
std::string mail_date(chela::Timestamp time);

}  // namespace email
