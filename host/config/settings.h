// Settings typed on a command line (`chela enable check.git path=/src`), by the types of the
// plugin's schema.
#pragma once

#include <string>
#include <string_view>

#include "chela/json.h"
#include "chela/result.h"

namespace chela::config {

// `text` as the type that `schema` gives to `key`; "a.b" is the key b inside the object a. Strings
// are taken as they are, numbers and true/false as YAML reads them, a list as "one,two" or as JSON
// or YAML has it ("[one, 2]"), an object as either has it. With several types the first that fits
// in the order null, boolean, integer, number, array, object, string. invalid_argument for an
// unknown key (with a suggestion) and for a value that the schema refuses.
Result<json::value> parse_setting(const json::value& schema, std::string_view key,
                                  std::string_view text);

// Puts `value` at `key` ("a.b" as above) into `config`; objects on the way are made.
void set_setting(json::object& config, std::string_view key, json::value value);

}  // namespace chela::config
