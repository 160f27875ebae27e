// Words of others (subjects, titles of feeds, names of events) made safe to show and to hand on.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "chela/utf8.h"

namespace chela {

namespace internal {

// Controls, and characters that are not seen but change how others are: marks and overrides of
// direction, joiners of nothing, line separators, tags.
constexpr bool is_unseen(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad || c == 0x61c || c == 0x180e ||
         (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2060 && c <= 0x206f) || c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) ||
         (c >= 0xe0000 && c <= 0xe0fff);
}

}  // namespace internal

// `text` on one line of at most `max_bytes`: bytes that are no UTF-8 become U+FFFD, unseen
// characters a blank, runs of blanks one; "://" loses its meaning as ":" + "//" with a blank
// between, so that nothing turns it into a link. A cut text ends in "...".
inline std::string untrusted_text(std::string_view text, std::size_t max_bytes = 200) {
  const std::string clean = replace_invalid_utf8(text);
  std::string line;
  bool is_blank = true;  // what came last; the line does not begin with one
  for (std::size_t i = 0; i < clean.size();) {
    const auto lead = static_cast<unsigned char>(clean[i]);
    const std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    char32_t c = size == 1 ? lead : lead & (0x7fu >> size);
    for (std::size_t k = 1; k < size; ++k)
      c = (c << 6) | (static_cast<unsigned char>(clean[i + k]) & 0x3fu);
    if (c == ' ' || c == 0xa0 || internal::is_unseen(c)) {
      if (!is_blank) line += ' ';
      is_blank = true;
    } else {
      line.append(clean, i, size);
      if (c == ':' && clean.compare(i, 3, "://") == 0) line += ' ';
      is_blank = false;
    }
    i += size;
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  if (line.size() <= max_bytes) return line;
  std::size_t end = max_bytes < 3 ? 0 : max_bytes - 3;
  while (end > 0 && (static_cast<unsigned char>(line[end]) & 0xc0u) == 0x80u) --end;
  return line.substr(0, end) + "...";
}

}  // namespace chela
