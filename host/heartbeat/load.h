// How much the checks ask for, against what the ticks can give.
#pragma once

#include <array>
#include <span>
#include <string>

#include "heartbeat/schedule.h"

namespace chela::heartbeat {

// Runs wanted per tick. Above Policy::per_tick, checks run less often than their cadence says.
struct Load {
  double peak = 0;
  Timestamp peak_at;  // when the peak begins
  std::array<double, 24>
      by_hour{};  // means over the 24 hours from `now` on, the first starting at `now`
};

// Over the next 24 h. A check asks for tick / every while it is open, and for one run per opening
// where its window is shorter than its cadence.
Load load(Timestamp now, std::span<const CheckPlan> plans, Duration tick);

// "" where all fits; else, with numbers, what will happen and what would help:
// "load 2.27 from 09:00: 2.27 runs are wanted per tick of 30m and 1 fits, so email runs about every
// 1h8m, ..."
std::string overload_warning(const Load& load, std::span<const CheckPlan> plans,
                             const Policy& policy, const Zone& shown_in);

}  // namespace chela::heartbeat
