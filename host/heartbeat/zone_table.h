// The offsets of one time zone through the years, read from a compiled zone file or a POSIX rule.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "chela/result.h"

namespace chela::heartbeat {

// Seconds east of UTC, step after step: `first_offset` holds before the first step.
struct ZoneTable {
  struct Step {
    std::int64_t at = 0;  // seconds since 1970, UTC
    std::int32_t offset = 0;
  };
  std::int32_t first_offset = 0;
  std::vector<Step> steps;  // `at` rises strictly and `offset` changes at each
};

// A zone file ("TZif", RFC 8536, version 2 or later). The rule at its end is carried on to the year
// 2200, so that slim files, which stop at the last change of law, serve as well as fat ones. Fails
// with data_loss where the bytes are no such file.
Result<ZoneTable> parse_zone_file(std::string_view bytes);

// "CET-1CEST,M3.5.0,M10.5.0/3" (POSIX.1 TZ, with RFC 8536's hours from -167 to 167), from 1970 to
// 2200. Fails with invalid_argument.
Result<ZoneTable> parse_zone_rule(std::string_view rule);

}  // namespace chela::heartbeat
