// Mends what often is wrong in feeds and would make the whole of one unreadable. Pure.
#pragma once

#include <string>
#include <string_view>

namespace feed {

// `bytes` with control characters as blanks and entities of HTML that XML does not know ("&nbsp;",
// a bare "&") as text, both outside of CDATA; with `is_utf8` also with bytes that are no UTF-8 as
// U+FFFD. UTF-16 is left as it is.
std::string tidy(std::string_view bytes, bool is_utf8);

// The encoding that the XML declaration names, in lower case; "" where it names none.
std::string declared_encoding(std::string_view bytes);

}  // namespace feed
