// Puts values into the ${name} placeholders of manifests. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "chela/json.h"
#include "chela/result.h"

namespace chela::config {

// "workspace", "home" and "runtime_dir", all absolute paths without a trailing slash; "config.NAME"
// for a plugin's own settings.
using Variables = std::map<std::string, std::string, std::less<>>;

// `text` with every ${name} replaced; a leading "~" or "~/" means ${home}. "$${" is a literal "${".
// What is put in is not looked at again. invalid_argument names an unknown variable (with a
// suggestion) or a missing "}".
Result<std::string> expand(std::string_view text, const Variables& variables);

// Every string inside `value` expanded, keys left alone; the error begins with the JSON pointer.
Result<json::value> expand_strings(const json::value& value, const Variables& variables);

// expand() for a path of a grant: the outcome must be absolute, without "..", empty steps or
// control characters, so that the value of a setting cannot lead out of what the grant's text
// shows.
Result<std::string> expand_path(std::string_view text, const Variables& variables);

// expand_path() for each of `paths`. An entry that is nothing but ${config.NAME}, where that
// setting of `config` is a list of strings, stands for every one of them; ${config.NAME.*.MEMBER}
// for that member of every object of a list.
Result<std::vector<std::string>> expand_paths(const std::vector<std::string>& paths,
                                              const Variables& variables,
                                              const json::value& config);

// expand() of what is no path, in the same way.
Result<std::vector<std::string>> expand_each(const std::string& text, const Variables& variables,
                                             const json::value& config);

// `variables` plus config.NAME for every setting of `config` that is a string or an integer, and
// config.NAME.0 for the first of a list of strings (their own placeholders already expanded).
Variables with_config(Variables variables, const json::value& config);

}  // namespace chela::config
