// The days of a rule: which belong to a period, and which of these pass its BY parts.
#pragma once

#include <utility>

#include "rule.h"

namespace check_calendar {

// What DTSTART stands in for where the rule leaves it out: times of the day, the day, the month.
Rule with_defaults(const Rule& rule, Local first);

class RuleDays {
 public:
  // `rule` has its defaults and outlives this.
  RuleDays(const Rule& rule, Local first);

  // A number that rises by one from period to period: the year, month, week or day that holds
  // `day`. With BYWEEKNO a year is one of weeks, which may begin in December.
  std::int64_t period_of(Day day) const;
  std::int64_t first_period() const { return first_period_; }
  // [begin, end)
  std::pair<Day, Day> days_of(std::int64_t period) const;
  bool matches(Day day) const;

 private:
  enum class Scope { none, month, year };  // of the ordinals in BYDAY
  bool matches_weekday(Day day, const Date& date) const;
  Day first_week(int year) const;
  int week_year(Day day) const;
  bool matches_week(Day day) const;

  const Rule& rule_;
  Scope scope_ = Scope::none;
  bool has_week_years_ = false;
  std::int64_t first_period_ = 0;
};

}  // namespace check_calendar
