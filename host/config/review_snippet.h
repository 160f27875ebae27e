// Writes values as JSON5 that a person can paste, and that reads like theirs.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "chela/json.h"
#include "config/review.h"

namespace chela::config {

struct Json5Style {
  bool quotes_keys = false;      // strict JSON
  bool ends_with_comma = false;  // behind the last member, too
  std::size_t width = 76;        // a value that fits stays on its line
  std::string indent = "  ";
};

// `value` as it stands behind `lead` bytes of its first line; further lines begin with `margin`.
std::string to_json5(const json::value& value, const Json5Style& style, std::size_t lead,
                     const std::string& margin);

// `key` as it stands before a colon.
std::string json5_key(std::string_view key, const Json5Style& style);

// The lines that do `edits`: what to set as one nested object per place, what to remove as a
// comment. `raw` tells lists from objects.
std::string snippet_of(const std::vector<Edit>& edits, const json::value& raw);

// `value` put into `target` under `steps`, objects made on the way.
void put_into(json::value& target, const std::vector<std::string>& steps, const json::value& value);

}  // namespace chela::config
