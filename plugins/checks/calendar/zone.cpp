#include "zone.h"

#include <algorithm>

namespace check_calendar {

std::int32_t Zone::offset_at(Instant instant) const {
  const auto next = std::upper_bound(steps.begin(), steps.end(), instant,
                                     [](Instant at, const Step& step) { return at < step.at; });
  return next == steps.begin() ? first_offset : std::prev(next)->offset;
}

Instant Zone::to_instant(Local local) const {
  // No zone changes its clock twice within two days.
  const std::int32_t before = offset_at(local - kDaySeconds);
  const std::int32_t after = offset_at(local + kDaySeconds);
  if (before == after || offset_at(local - before) == before) return local - before;
  return offset_at(local - after) == after ? local - after : local - before;
}

}  // namespace check_calendar
