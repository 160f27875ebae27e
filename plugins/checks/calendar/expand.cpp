#include "expand.h"

#include <algorithm>

#include "rule_days.h"

namespace check_calendar {
namespace {

template <class T>
bool holds(const std::vector<T>& list, T value) {
  return std::find(list.begin(), list.end(), value) != list.end();
}

std::int64_t seconds_of(Frequency frequency) {
  if (frequency == Frequency::hourly) return kHour;
  return frequency == Frequency::minutely ? kMinute : 1;
}

// Walks from period to period; gives up where the limits say so.
class Walk {
 public:
  Walk(const Rule& rule, Local first, Local from, Local to, const ExpandLimits& limits)
      : rule_(with_defaults(rule, first)),
        days_(rule_, first),
        first_(first),
        from_(std::max(from, first)),
        end_(to),
        limits_(limits) {
    if (rule_.until) end_ = std::min(end_, rule_.until->value + 1);
    jump(rule);
  }

  Expansion run() {
    if (end_ <= from_) return std::move(out_);
    if (rule_.frequency >= Frequency::hourly) {
      walk_clock();
    } else {
      walk_days();
    }
    out_.steps = steps_;
    return std::move(out_);
  }

 private:
  // Where each period has exactly one start, those that are passed over can be counted.
  static bool has_no_parts(const Rule& rule) {
    return rule.months.empty() && rule.week_numbers.empty() && rule.year_days.empty() &&
           rule.month_days.empty() && rule.days.empty() && rule.hours.empty() &&
           rule.minutes.empty() && rule.seconds.empty() && rule.positions.empty() &&
           rule.frequency >= Frequency::weekly;
  }

  void jump(const Rule& as_written) {
    const std::int64_t unit =
        rule_.frequency >= Frequency::hourly ? seconds_of(rule_.frequency) : 0;
    const auto place = [&](Local local) {
      return unit != 0 ? floor_div(local, unit) : days_.period_of(day_of_local(local));
    };
    base_ = unit != 0 ? place(first_) : days_.first_period();
    const std::int64_t ahead = place(from_) - base_;
    if (ahead < 2 || (rule_.count && !has_no_parts(as_written))) return;
    period_ = std::max<std::int64_t>(0, floor_div(ahead, rule_.interval) - 1);
    counted_ = period_;  // only looked at where there is a COUNT
  }

  bool may_go_on(std::int64_t cost = 1) {
    steps_ += cost;
    if (steps_ <= limits_.steps) return true;
    out_.is_complete = false;
    return false;
  }

  // False: there is nothing more to come.
  bool take(Local start) {
    if (start < first_) return true;
    if (start >= end_ || (rule_.count && counted_ >= *rule_.count)) return false;
    ++counted_;
    if (start < from_) return true;
    if (out_.starts.size() >= limits_.starts) {
      out_.is_complete = false;
      return false;
    }
    out_.starts.push_back(start);
    return true;
  }

  // The times of a day, in order; false: no more.
  template <class Each>
  bool each_time(Local from, const Each& each) {
    for (const int hour : rule_.hours) {
      for (const int minute : rule_.minutes) {
        for (const int second : rule_.seconds) {
          if (!may_go_on() || !each(from + hour * kHour + minute * kMinute + second)) return false;
        }
      }
    }
    return true;
  }

  // Those of a whole period that BYSETPOS names.
  bool take_positions(const std::vector<Local>& all) {
    const auto size = static_cast<std::int64_t>(all.size());
    std::vector<Local> chosen;
    for (const int position : rule_.positions) {
      const std::int64_t at = position > 0 ? position - 1 : size + position;
      if (at >= 0 && at < size) chosen.push_back(all[static_cast<std::size_t>(at)]);
    }
    std::sort(chosen.begin(), chosen.end());
    chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
    return std::all_of(chosen.begin(), chosen.end(), [&](Local start) { return take(start); });
  }

  void walk_days() {
    const bool has_positions = !rule_.positions.empty();
    std::vector<Local> all;
    for (;; ++period_) {
      const auto [begin, end] = days_.days_of(base_ + period_ * rule_.interval);
      if (begin * kDaySeconds >= end_ || !may_go_on()) return;
      all.clear();
      for (Day day = begin; day < end; ++day) {
        const Local midnight = day * kDaySeconds;
        // Nothing that is counted or picked by position can lie on a day that is over.
        if (!has_positions && !rule_.count && midnight + kDaySeconds <= from_) continue;
        if (!may_go_on()) return;
        if (!days_.matches(day)) continue;
        const bool goes_on = each_time(midnight, [&](Local start) {
          if (!has_positions) return take(start);
          all.push_back(start);
          return true;
        });
        if (!goes_on) return;
      }
      if (has_positions && !take_positions(all)) return;
    }
  }

  // The first period at or after `place` that the interval meets.
  void go_to(std::int64_t place) {
    const std::int64_t next = -floor_div(-(place - base_), rule_.interval);
    period_ = std::max(period_ + 1, next);
  }

  void walk_clock() {
    const std::int64_t unit = seconds_of(rule_.frequency);
    Day known_day = 0;
    bool is_known = false, is_match = false;
    while (true) {
      const Local at = (base_ + period_ * rule_.interval) * unit;
      if (at >= end_ || !may_go_on()) return;
      const Day day = day_of_local(at);
      if (!is_known || day != known_day) {
        is_match = days_.matches(day);
        is_known = true;
        known_day = day;
      }
      const int clock = static_cast<int>(second_of_day(at));
      if (!is_match) {
        go_to((day + 1) * kDaySeconds / unit);
      } else if (!rule_.hours.empty() && !holds(rule_.hours, clock / 3600)) {
        go_to((floor_div(at, kHour) + 1) * kHour / unit);
      } else if (unit < kHour && !rule_.minutes.empty() && !holds(rule_.minutes, clock / 60 % 60)) {
        go_to((floor_div(at, kMinute) + 1) * kMinute / unit);
      } else {
        if (!take_unit(at, unit)) return;
        ++period_;
      }
    }
  }

  // One hour, minute or second that passed the filters.
  bool take_unit(Local at, std::int64_t unit) {
    std::vector<Local> all;
    static const std::vector<int> zero{0};
    const auto& minutes = unit == kHour ? rule_.minutes : zero;
    const auto& seconds = unit == 1 ? zero : rule_.seconds;
    if (unit == 1 && !rule_.seconds.empty() &&
        !holds(rule_.seconds, static_cast<int>(floor_mod(at, 60))))
      return true;
    for (const int minute : minutes) {
      for (const int second : seconds) {
        const Local start = at + minute * kMinute + second;
        if (!may_go_on()) return false;
        if (!rule_.positions.empty()) {
          all.push_back(start);
        } else if (!take(start)) {
          return false;
        }
      }
    }
    return rule_.positions.empty() || take_positions(all);
  }

  Rule rule_;
  RuleDays days_;
  Local first_, from_, end_;
  ExpandLimits limits_;
  std::int64_t base_ = 0;    // the place of the period that holds DTSTART
  std::int64_t period_ = 0;  // how many intervals behind it
  std::int64_t counted_ = 0;
  std::int64_t steps_ = 0;
  Expansion out_;
};

}  // namespace

Expansion expand_rule(const Rule& rule, Local first, Local from, Local to,
                      const ExpandLimits& limits) {
  return Walk(rule, first, from, to, limits).run();
}

}  // namespace check_calendar
