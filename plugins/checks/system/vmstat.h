// Reads the counter of programs killed for want of memory from /proc/vmstat, and compares it with
// the one before: pure.
#pragma once

#include <chela/result.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace check_system {

// `oom_kill` since the start of the machine; absent where the kernel does not count them (before
// Linux 4.13). data_loss where a line does not read "name number", or there is none.
chela::Result<std::optional<std::int64_t>> parse_oom_kills(std::string_view text);

// How many are new. `before` is negative on the first look; that, and a counter that fell (the
// machine was started anew), only set a new baseline.
std::int64_t new_oom_kills(std::int64_t before, std::int64_t now);

}  // namespace check_system
