// Small text rules that several rooms share.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace chela::base {

// The one of `known` that `word` was probably meant to be (edit distance at most 2, or a prefix),
// or "".
std::string closest(std::string_view word, const std::vector<std::string>& known);

// Control characters and invalid UTF-8 replaced, so that foreign text can be shown on a terminal in
// one line. At most `max_bytes` long; what is cut ends in "...".
std::string printable(std::string_view text, std::size_t max_bytes = 2000);

// 140000 -> "140,000".
std::string grouped(std::int64_t number);

// Invalid UTF-8 sequences replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

}  // namespace chela::base
