// Which entries a person wants to hear of. Pure.
#pragma once

#include <chela/json.h>

#include <string>
#include <vector>

#include "entries.h"

namespace feed {

// All texts that are not empty must stand in the entry.
struct Rule {
  std::string title{};
  std::string author{};
  std::string category{};
};

// The list `key` of a feed's settings. invalid_argument where a rule has no text at all.
chela::Result<std::vector<Rule>> parse_rules(const chela::json::value& settings, const char* key);

// Fits one of `want` (all where it is empty) and none of `skip`. Case counts for other letters than
// ASCII's only.
bool is_wanted(const Entry& entry, const std::vector<Rule>& want, const std::vector<Rule>& skip);

}  // namespace feed
