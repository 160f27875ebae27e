// Looks at available memory, at pressure, and for programs killed for want of memory.
#pragma once

#include <optional>

#include "round.h"

namespace check_system {

Outcome look_at_memory(chela::Host& host, double min_available_percent, chela::Report& report);

// Nothing where the kernel does not count pressure.
//   resource  memory, io or cpu
//   limit     told above this share of the last 5 minutes, in percent
std::optional<Outcome> look_at_pressure(chela::Host& host, const std::string& resource,
                                        double limit, chela::Report& report);

// An event, so nothing is repeated where it cannot be looked at: the old counter is kept instead.
void look_for_oom_kills(chela::Host& host, Round& round);

}  // namespace check_system
