#include "rule_days.h"

#include <algorithm>

namespace check_calendar {
namespace {

// Whether `list` names `value` (1-based) of `size`, counted from either end.
bool names(const std::vector<int>& list, int value, int size) {
  return std::any_of(list.begin(), list.end(),
                     [&](int wanted) { return wanted == value || wanted == value - size - 1; });
}

bool names_no_day(const Rule& rule) {
  return rule.week_numbers.empty() && rule.year_days.empty() && rule.month_days.empty() &&
         rule.days.empty();
}

}  // namespace

Rule with_defaults(const Rule& rule, Local first) {
  Rule full = rule;
  const Day day = day_of_local(first);
  const Date date = date_of(day);
  const int clock = static_cast<int>(second_of_day(first));
  if (full.hours.empty() && full.frequency < Frequency::hourly) full.hours = {clock / 3600};
  if (full.minutes.empty() && full.frequency < Frequency::minutely)
    full.minutes = {clock / 60 % 60};
  if (full.seconds.empty() && full.frequency < Frequency::secondly) full.seconds = {clock % 60};
  const RuleDay weekday{0, weekday_of(day)};
  switch (full.frequency) {
    case Frequency::yearly: {
      const bool has_only_month_days = !full.month_days.empty() && full.days.empty() &&
                                       full.year_days.empty() && full.week_numbers.empty();
      // A bare BYMONTHDAY keeps DTSTART's month: see "disputed" in the README.
      if (full.months.empty() && (names_no_day(full) || has_only_month_days))
        full.months = {date.month};
      if (names_no_day(full)) full.month_days = {date.day};
      if (!full.week_numbers.empty() && full.days.empty() && full.month_days.empty() &&
          full.year_days.empty())
        full.days = {weekday};
      break;
    }
    case Frequency::monthly:
      if (names_no_day(full)) full.month_days = {date.day};
      break;
    case Frequency::weekly:
      if (names_no_day(full)) full.days = {weekday};
      break;
    default:
      break;
  }
  return full;
}

RuleDays::RuleDays(const Rule& rule, Local first) : rule_(rule) {
  has_week_years_ = rule.frequency == Frequency::yearly && !rule.week_numbers.empty();
  if (rule.frequency == Frequency::monthly) scope_ = Scope::month;
  if (rule.frequency == Frequency::yearly && !has_week_years_)
    scope_ = rule.months.empty() ? Scope::year : Scope::month;
  first_period_ = period_of(day_of_local(first));
}

std::int64_t RuleDays::period_of(Day day) const {
  switch (rule_.frequency) {
    case Frequency::yearly:
      return has_week_years_ ? week_year(day) : date_of(day).year;
    case Frequency::monthly: {
      const Date date = date_of(day);
      return date.year * std::int64_t{12} + date.month - 1;
    }
    case Frequency::weekly:
      // The week that began on 1970-01-01 + 4 days was a Monday's.
      return floor_div(day - 4 - rule_.week_start, 7);
    default:
      return day;
  }
}

std::pair<Day, Day> RuleDays::days_of(std::int64_t period) const {
  switch (rule_.frequency) {
    case Frequency::yearly: {
      const int year = static_cast<int>(std::clamp<std::int64_t>(period, 0, 30'000));
      if (has_week_years_) return {first_week(year), first_week(year + 1)};
      return {day_of({year, 1, 1}), day_of({year + 1, 1, 1})};
    }
    case Frequency::monthly: {
      const int year = static_cast<int>(std::clamp<std::int64_t>(floor_div(period, 12), 0, 30'000));
      const int month = static_cast<int>(floor_mod(period, 12)) + 1;
      const Day begin = day_of({year, month, 1});
      return {begin, begin + days_in_month(year, month)};
    }
    case Frequency::weekly: {
      const Day begin = period * 7 + 4 + rule_.week_start;
      return {begin, begin + 7};
    }
    default:
      return {period, period + 1};
  }
}

// Week 1 is the first with at least four days in the year.
Day RuleDays::first_week(int year) const {
  const Day january = day_of({year, 1, 1});
  const auto into_week = floor_mod(weekday_of(january) - rule_.week_start, 7);
  return into_week <= 3 ? january - into_week : january - into_week + 7;
}

int RuleDays::week_year(Day day) const {
  const int year = date_of(day).year;
  if (day >= first_week(year + 1)) return year + 1;
  return day < first_week(year) ? year - 1 : year;
}

bool RuleDays::matches_week(Day day) const {
  const int year = week_year(day);
  const Day begin = first_week(year);
  const int weeks = static_cast<int>((first_week(year + 1) - begin) / 7);
  return names(rule_.week_numbers, static_cast<int>((day - begin) / 7) + 1, weeks);
}

bool RuleDays::matches_weekday(Day day, const Date& date) const {
  const int weekday = weekday_of(day);
  const int year_day = static_cast<int>(day - day_of({date.year, 1, 1})) + 1;
  const bool is_month = scope_ == Scope::month;
  const int place = is_month ? date.day : year_day;
  const int size =
      is_month ? days_in_month(date.year, date.month) : (is_leap(date.year) ? 366 : 365);
  const int from_front = (place - 1) / 7 + 1;
  const int from_back = -((size - place) / 7 + 1);
  return std::any_of(rule_.days.begin(), rule_.days.end(), [&](const RuleDay& wanted) {
    if (wanted.weekday != weekday) return false;
    return wanted.ordinal == 0 || scope_ == Scope::none || wanted.ordinal == from_front ||
           wanted.ordinal == from_back;
  });
}

bool RuleDays::matches(Day day) const {
  const Date date = date_of(day);
  if (!rule_.months.empty() &&
      std::find(rule_.months.begin(), rule_.months.end(), date.month) == rule_.months.end())
    return false;
  if (!rule_.month_days.empty() &&
      !names(rule_.month_days, date.day, days_in_month(date.year, date.month)))
    return false;
  if (!rule_.year_days.empty()) {
    const int year_day = static_cast<int>(day - day_of({date.year, 1, 1})) + 1;
    if (!names(rule_.year_days, year_day, is_leap(date.year) ? 366 : 365)) return false;
  }
  if (!rule_.week_numbers.empty() && !matches_week(day)) return false;
  return rule_.days.empty() || matches_weekday(day, date);
}

}  // namespace check_calendar
