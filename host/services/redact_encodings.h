// The texts in which one secret may turn up: as it is, escaped, percent-encoded, base64, hex.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chela::services {

// Every way in which `value` may stand in foreign text, each once, none shorter than `shortest`
// bytes: raw; escaped for JSON (with and without `\/`, non-ASCII and `<>&` as \u, twice over) and
// for HTML; percent-encoded as paths, queries, forms and JavaScript's encodeURIComponent do, in
// both cases of hex; hex in both cases; base64 in both alphabets at the three alignments, without
// the characters at the edges that depend on the neighbours. Of a value with several lines also
// each line of 16 bytes or more, but no `-----BEGIN ...` line, which is no secret.
std::vector<std::string> encodings_of(std::string_view value, std::size_t shortest);

}  // namespace chela::services
