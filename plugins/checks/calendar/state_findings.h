// What a person should know about the calendars themselves: zones nobody knows, rules that were
// given up, calendars that do not fit.
#pragma once

#include <chela/report.h>

#include "intake.h"

namespace check_calendar {

void add_state_findings(chela::Report& report, const Mirror& mirror, const ZoneBook& zones,
                        const Notes& notes);

}  // namespace check_calendar
