// Draws recurrence rules that RFC 5545 allows, the same ones for the same seed.
#pragma once

#include <random>
#include <string>
#include <vector>

#include "rule.h"

namespace check_calendar::test {

struct RandomRule {
  std::string text;
  Local first = 0, from = 0, to = 0;
};

class RuleDrawer {
 public:
  explicit RuleDrawer(unsigned seed) : engine_(seed) {}

  RandomRule draw() {
    RandomRule one;
    const int kind = pick(0, 99);
    frequency_ = kind < 22   ? Frequency::yearly
                 : kind < 46 ? Frequency::monthly
                 : kind < 62 ? Frequency::weekly
                 : kind < 77 ? Frequency::daily
                 : kind < 87 ? Frequency::hourly
                 : kind < 94 ? Frequency::minutely
                             : Frequency::secondly;
    static constexpr std::int64_t kSpans[] = {
        12 * 366 * kDaySeconds, 4 * 366 * kDaySeconds, 500 * kDaySeconds, 200 * kDaySeconds,
        8 * kDaySeconds,        2 * kDaySeconds,       3 * kHour};
    const std::int64_t span = kSpans[static_cast<int>(frequency_)];
    one.first = day_of({2024, 1, 1}) * kDaySeconds + pick(0, 1300) * kDaySeconds +
                pick(0, 23) * kHour + pick(0, 59) * kMinute + (chance(20) ? pick(0, 59) : 0);
    one.from = chance(50) ? one.first : one.first + span / 2 + pick(0, 100'000);
    one.to = one.first + span;
    parts_.clear();
    static constexpr const char* kNames[] = {"YEARLY", "MONTHLY",  "WEEKLY",  "DAILY",
                                             "HOURLY", "MINUTELY", "SECONDLY"};
    part("FREQ", kNames[static_cast<int>(frequency_)]);
    if (chance(40)) part("INTERVAL", std::to_string(interval()));
    draw_end(one, span);
    draw_days();
    draw_times();
    if (chance(30)) part("WKST", kDays[pick(0, 6)]);
    one.text = parts_;
    return one;
  }

 private:
  static constexpr const char* kDays[] = {"MO", "TU", "WE", "TH", "FR", "SA", "SU"};

  int pick(int least, int most) {
    // std::uniform_int_distribution differs from library to library.
    return least + static_cast<int>(engine_() % static_cast<unsigned>(most - least + 1));
  }
  bool chance(int percent) { return pick(0, 99) < percent; }
  void part(const std::string& name, const std::string& value) {
    parts_ += (parts_.empty() ? "" : ";") + name + "=" + value;
  }
  int interval() {
    const int most = frequency_ < Frequency::daily ? 4 : frequency_ < Frequency::minutely ? 10 : 40;
    return pick(2, most);
  }
  void draw_end(const RandomRule& one, std::int64_t span) {
    const int kind = pick(0, 99);
    if (kind < 30) part("COUNT", std::to_string(pick(1, 40)));
    if (kind >= 30 && kind < 50)
      part("UNTIL", format_basic_time(one.first + span / 100 * pick(1, 120)));
  }
  template <class Draw>
  std::string list(int most, Draw&& draw) {
    std::string text;
    for (int i = pick(1, most); i > 0; --i) text += (text.empty() ? "" : ",") + draw();
    return text;
  }
  std::string numbers(int count, int least, int most, int percent_negative) {
    return list(count, [&] {
      const int number = pick(least, most);
      return std::to_string(chance(percent_negative) ? -number : number);
    });
  }
  void draw_days() {
    const bool is_yearly = frequency_ == Frequency::yearly;
    const bool has_months = chance(30);
    if (has_months) part("BYMONTH", numbers(3, 1, 12, 0));
    const bool has_weeks = is_yearly && chance(20);
    if (has_weeks) part("BYWEEKNO", numbers(3, 1, 53, 20));
    const bool takes_year_days = is_yearly || frequency_ >= Frequency::hourly;
    if (takes_year_days && !has_weeks && chance(is_yearly ? 15 : 5))
      part("BYYEARDAY", numbers(6, 1, 366, 30));
    if (frequency_ != Frequency::weekly && !has_weeks && chance(25))
      part("BYMONTHDAY", numbers(4, 1, 31, 30));
    if (!chance(45)) return;
    const bool has_ordinals =
        (is_yearly && !has_weeks) || frequency_ == Frequency::monthly ? chance(60) : false;
    const int most = is_yearly && !has_months ? 53 : 5;
    part("BYDAY", list(3, [&] {
           std::string text = kDays[pick(0, 6)];
           if (!has_ordinals || chance(10)) return text;
           const int ordinal = chance(70) ? pick(1, std::min(most, 5)) : pick(1, most);
           return std::to_string(chance(35) ? -ordinal : ordinal) + text;
         }));
  }
  void draw_times() {
    if (chance(15)) part("BYHOUR", numbers(3, 0, 23, 0));
    if (chance(12)) part("BYMINUTE", numbers(3, 0, 59, 0));
    if (chance(8)) part("BYSECOND", numbers(3, 0, 59, 0));
    // Positions need another BY part beside them.
    if (parts_.find(";BY") != std::string::npos && chance(20))
      part("BYSETPOS", numbers(2, 1, chance(70) ? 3 : 20, 40));
  }

  std::mt19937 engine_;
  Frequency frequency_ = Frequency::daily;
  std::string parts_;
};

}  // namespace check_calendar::test
