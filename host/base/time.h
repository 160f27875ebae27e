// The wall clock, and points in time as text. Spans are in "chela/duration.h".
#pragma once

#include <string>
#include <string_view>

#include "chela/duration.h"

namespace chela::base {

using chela::describe_duration;
using chela::format_duration;
using chela::parse_duration;

// The wall clock. Rules never call this: `now` is passed in.
Timestamp now();

// "2026-11-22T05:40:11Z"; milliseconds are dropped.
std::string format_utc(Timestamp time);

// Reads format_utc's form, with optional fraction and offset ("+01:00"), and a bare date.
Result<Timestamp> parse_utc(std::string_view text);

}  // namespace chela::base
