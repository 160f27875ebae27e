#include "instants.h"

#include <algorithm>

namespace check_calendar {

const Zone& zone_of(const When& when, ZoneBook& zones) {
  static const Zone utc;
  switch (when.form) {
    case When::Form::utc:
      return utc;
    case When::Form::zoned:
      return zones.find(when.zone);
    default:
      return zones.local();
  }
}

Instant instant_of(const When& when, ZoneBook& zones) {
  return zone_of(when, zones).to_instant(when.local);
}

NamedStarts::NamedStarts(const std::vector<When>& names, ZoneBook& zones) {
  for (const auto& name : names) {
    const Day day = day_of_local(name.local);
    days_.push_back(day);
    if (name.is_date()) {
      days_of_dates_.push_back(day);
    } else {
      instants_.push_back(instant_of(name, zones));
    }
  }
  for (auto* list : {&instants_, &days_of_dates_, &days_}) std::sort(list->begin(), list->end());
}

bool NamedStarts::contain(Local local, Instant instant, bool is_date) const {
  const auto has = [](const std::vector<std::int64_t>& list, std::int64_t value) {
    return std::binary_search(list.begin(), list.end(), value);
  };
  if (is_date) return has(days_, day_of_local(local));
  return has(instants_, instant) || has(days_of_dates_, day_of_local(local));
}

}  // namespace check_calendar
