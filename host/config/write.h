// Writes an instance manifest as a person would, for `chela enable`.
#pragma once

#include <string>

#include "config/manifest.h"

namespace chela::config {

// YAML text that parse_instance reads back to the same settings (has_same_settings), with a comment
// that says what the instance asks for. Settings that have their default are left out, so that the
// file says what was decided.
std::string write_instance(const Instance& instance);

// A value as a person would write it in a manifest, on one line: {latitude: 52.5, watch: [rain]}.
std::string one_line(const json::value& value);

}  // namespace chela::config
