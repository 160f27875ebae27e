// The two mechanisms by which an openclaw.json takes in other text: $include and ${NAME}.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "chela/json.h"
#include "chela/result.h"
#include "config/openclaw.h"

namespace chela::config {

// `file` parsed, every $include resolved; the rules stand at load_openclaw.
Result<json::value> read_with_includes(const std::filesystem::path& file);

// Every string of `value` with its ${NAME} filled in; names without a value are added to `notes`
// once each.
void substitute_env(json::value& value, const EnvLookup& env, std::vector<std::string>& notes);

}  // namespace chela::config
