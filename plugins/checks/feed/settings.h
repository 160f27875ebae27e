// The feeds of check.feed, out of its settings. Pure.
#pragma once

#include <chela/config.h>

#include <string>
#include <vector>

#include "rules.h"

namespace feed {

struct Source {
  std::string url{};
  std::string name{};  // of its own
  std::string severity = "info";
  std::vector<Rule> want{};
  std::vector<Rule> skip{};
};

// invalid_argument names the feed and what is wrong with it.
chela::Result<std::vector<Source>> parse_sources(const chela::Config& config);

}  // namespace feed
