// How this check writes sizes, shares, moments and foreign text: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace check_system {

std::string gib(std::uint64_t bytes);    // "5.0 GiB"
std::string bytes(std::uint64_t bytes);  // "512 bytes", "5.0 MiB"
std::string percent(double value);       // "42.1 %"

// "2026-11-22 05:40 UTC": a moment rather than an age, so that a repeated finding keeps its text.
std::string moment(std::int64_t ms);

// Text of somebody else on one line, at most `most` bytes: control characters and marks that turn
// the direction of writing become '?', a cut one ends in "...". Valid UTF-8.
std::string shown(std::string_view text, std::size_t most = 200);

// Whether `name` is what `pattern` says, where * stands for any characters and ? for one byte.
bool matches(std::string_view pattern, std::string_view name);

// FNV-1a as 16 hexadecimal digits: a short name for a long text.
std::string hash_of(std::string_view text);

}  // namespace check_system
