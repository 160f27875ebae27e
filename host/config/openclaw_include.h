// The two mechanisms by which an openclaw.json takes in other text: $include and ${NAME}.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "chela/json.h"
#include "chela/result.h"
#include "config/openclaw.h"

namespace chela::config {

// `file` parsed, every $include resolved; the rules stand at load_openclaw. Of what was merged
// `origins` has the place that won. `text`, where given, stands for what is in `file` itself.
Result<json::value> read_with_includes(const std::filesystem::path& file, const std::string* text,
                                       Origins& origins);

// NAME where `text` is nothing but ${NAME}.
std::optional<std::string> only_variable(std::string_view text);

// Whether `text` has a ${NAME} that would be filled in.
bool has_variable(std::string_view text);

// Every string of `value` with its ${NAME} filled in; names without a value are added to `notes`
// once each.
void substitute_env(json::value& value, const EnvLookup& env, std::vector<std::string>& notes);

}  // namespace chela::config
