// Looks at files that jobs touch when they have done their work (cron keeps no record of its own).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "round.h"

namespace check_system {

struct Stamp {
  std::string path;
  chela::Duration max_age{0};
};

// `stamps: [{path, max_age}]`.
std::vector<Stamp> parse_stamps(const chela::json::value& config);

// Pure. `modified` is absent where there is no such file.
Outcome judge_stamp(const Stamp& stamp, std::optional<chela::Timestamp> modified,
                    chela::Timestamp now);

Outcome look_at_stamp(chela::Host& host, const Stamp& stamp);

}  // namespace check_system
