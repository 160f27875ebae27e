// Reads /proc/pressure/{memory,io,cpu} (Linux 4.20 and newer): pure, over its text.
#pragma once

#include <chela/result.h>

#include <string_view>

namespace check_system {

// The share of the last 300 s, in percent (0..100), in which at least one task waited for the
// resource: avg300 of the line "some". data_loss where there is none, or it is out of that range.
chela::Result<double> parse_pressure(std::string_view text);

}  // namespace check_system
