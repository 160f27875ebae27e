// Words of headers that are written in other charsets: =?iso-8859-1?Q?Gr=FC=DFe?= (RFC 2047).
#pragma once

#include <string>
#include <string_view>

namespace check_email {

// The value of an unfolded header as UTF-8. Neighbours in one charset are joined before they are
// read, since senders split characters over them; the blanks between neighbours vanish. Bytes
// outside of ASCII that are not encoded are guessed.
std::string decode_words(std::string_view value);

}  // namespace check_email
