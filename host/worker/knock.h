// What `chela doctor` runs behind a gate to see whether the kernel keeps it (net_gate.h).
#pragma once

#include <string_view>

namespace chela::worker {

inline constexpr int knock_opened = 0;
inline constexpr int knock_kept_out = 3;  // EACCES, as the gate answers
inline constexpr int knock_failed = 4;    // anything else; it stands on stderr

// Connects to `port` of 127.0.0.1 and ends with one of these.
int knock(std::string_view port);

}  // namespace chela::worker
