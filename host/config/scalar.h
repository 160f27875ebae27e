// What a plain YAML scalar means by the core schema of YAML 1.2.
#pragma once

#include <string>
#include <string_view>

#include "chela/json.h"
#include "chela/result.h"

namespace chela::config {

// `true`, `null`, `12`, `0o17`, `0x1F`, `1.5e3` become JSON types, all else a string. No
// leading-zero octals, no yes/no/on/off, no sexagesimals. invalid_argument for numbers that JSON
// cannot hold; the message names what was wanted.
Result<json::value> read_plain_scalar(std::string_view text);

}  // namespace chela::config
