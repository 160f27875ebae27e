// What of the agenda a person should be told now. Pure: values in, findings out.
#pragma once

#include <chela/report.h>

#include <map>
#include <string>
#include <vector>

#include "agenda.h"
#include "changes.h"
#include "settings.h"

namespace check_calendar {

struct Moment {
  Instant now = 0;
  Instant last_look = 0;  // 0: there was none
  std::string as_of{};    // what a feed says about its age; "" for a server that is asked itself
};

// Keys of events that were told, and until when they must be remembered.
using Told = std::map<std::string, Instant>;

// Events that start within `soon`, or that began since the last look without having been told and
// still go on; one without length for an hour. Of each series at most one, the nearest to now.
std::vector<chela::Finding> starting_soon(const std::vector<Entry>& agenda,
                                          const Settings& settings, const Moment& moment,
                                          const Zone& zone, Told& told);
// Two at the same time, within `horizon`; each pair of series once, where it meets first. Whole
// days are no conflict.
std::vector<chela::Finding> conflicts(const std::vector<Entry>& agenda, const Settings& settings,
                                      const Moment& moment, const Zone& zone);
// In the evening: tomorrow's first event, where it begins before `day_start_before`.
std::vector<chela::Finding> early_tomorrow(const std::vector<Entry>& agenda,
                                           const Settings& settings, const Moment& moment,
                                           const Zone& zone, Told& told);
// One finding per change, the nearest first; of many the rest in one.
std::vector<chela::Finding> tell_changes(const std::vector<Change>& changes,
                                         const Settings& settings, const Moment& moment,
                                         const Zone& zone);
// What is left of today, and tomorrow, in order.
struct Brief {
  std::vector<chela::Finding> findings{};  // at most 100, and 3 of one series and day
  std::size_t count = 0;                   // of all
};
Brief brief(const std::vector<Entry>& agenda, const Moment& moment, const Zone& zone);

}  // namespace check_calendar
