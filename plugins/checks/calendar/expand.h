// Which times a rule names: the period, its candidates, the filters, BYSETPOS.
//
// Works on wall-clock time alone; zones come later. The rule's starts only: whether DTSTART itself
// belongs to the set is for the caller (series.h).
#pragma once

#include <vector>

#include "rule.h"

namespace check_calendar {

struct ExpandLimits {
  std::int64_t steps = 200'000;  // periods, days and times that are looked at
  std::size_t starts = 2'000;    // that are returned
};

struct Expansion {
  std::vector<Local> starts{};  // ascending, from <= start < to
  bool is_complete = true;      // false: a limit was met, there may be more
  std::int64_t steps = 0;       // what it cost
};

// `rule.until`, where there is one, is Local already. Without COUNT, and with COUNT where the rule
// has no BY part, it begins near `from` instead of at `first` (DTSTART).
Expansion expand_rule(const Rule& rule, Local first, Local from, Local to,
                      const ExpandLimits& limits);

}  // namespace check_calendar
