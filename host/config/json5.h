// Reads JSON5 (openclaw.json) into JSON.
#pragma once

#include <string>
#include <string_view>

#include "chela/json.h"
#include "chela/result.h"
#include "config/origin.h"

namespace chela::config {

// JSON5 1.0: comments, trailing commas, unquoted keys, single quotes, hex, leading + and ., line
// continuations. At most 1 MiB of UTF-8 and 32 levels. Of a key that stands twice the last value
// holds, as in OpenClaw. Numbers without a fraction that fit 64 bits become integers, all others
// doubles. Refused: Infinity and NaN, numbers beyond a double, escapes of lone surrogates, an empty
// text. Fails with invalid_argument: "file:line:column: what; wanted ...; found ...".  Source:
// spec.json5.org
Result<json::value> parse_json5(std::string_view text, const std::string& file);

// The same; `origin` learns where everything stands in `text`, as file number `number`.
Result<json::value> parse_json5(std::string_view text, const std::string& file, int number,
                                Origin& origin);

}  // namespace chela::config
