// How this check writes sizes, shares and moments: pure.
#pragma once

#include <cstdint>
#include <string>

namespace check_system {

std::string gib(std::uint64_t bytes);  // "5.0 GiB"
std::string percent(double value);     // "42.1 %"

// "2026-11-22 05:40 UTC": a moment rather than an age, so that a repeated finding keeps its text.
std::string moment(std::int64_t ms);

}  // namespace check_system
