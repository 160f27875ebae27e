// A time zone: when a clock there is put forward or back, and what it shows.
#pragma once

#include <chela/result.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "civil.h"

namespace check_calendar {

// A value. The default is UTC.
struct Zone {
  struct Step {
    Instant at = 0;
    std::int32_t offset = 0;  // seconds east of UTC from then on
  };
  std::string name = "UTC";
  std::int32_t first_offset = 0;  // before the first step
  std::vector<Step> steps{};      // `at` rises strictly

  std::int32_t offset_at(Instant instant) const;
  Local to_local(Instant instant) const { return instant + offset_at(instant); }
  // A time that the clock skips is read with the offset before the gap; of one that it shows twice
  // this is the first (RFC 5545, 3.3.5).
  Instant to_instant(Local local) const;
};

// A zone file ("TZif", RFC 8536, version 2 or later); the rule at its end is carried on to the year
// 2100. data_loss where the bytes are none.
chela::Result<Zone> parse_zone_file(std::string_view bytes, std::string name);

}  // namespace check_calendar
