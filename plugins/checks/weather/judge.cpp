#include "judge.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include "wording.h"

namespace weather {
namespace {

using std::chrono::hours;

constexpr hours kGap{2};      // so long a pause is still the same episode
constexpr hours kAnother{3};  // begins so long after the end that was told: another one

// The value by which an hour counts, absent where it does not.
using Counts = std::function<std::optional<double>(const Hour&)>;
enum class Peak { sum, highest, lowest };

double merge(double a, double b, Peak peak) {
  if (peak == Peak::sum) return a + b;
  return peak == Peak::highest ? std::max(a, b) : std::min(a, b);
}

// The first episode that begins within `ahead`; one that has begun already counts from now on.
std::optional<Episode> first_episode(const Forecast& forecast, chela::Timestamp now, hours ahead,
                                     const Counts& counts, Peak peak) {
  std::optional<Episode> found;
  for (const auto& hour : forecast.hours) {
    const auto end = hour.begin + hours(1);
    if (end <= now) continue;
    const auto value = counts(hour);
    if (!value) continue;
    if (!found) {
      if (hour.begin >= now + ahead) return std::nullopt;
      found = Episode{hour.begin, end, *value};
      continue;
    }
    if (hour.begin > found->end + kGap) break;
    found->end = end;
    found->peak = merge(found->peak, *value, peak);
  }
  return found;
}

std::optional<double> at_least(const std::optional<double>& value, double limit) {
  return value && *value >= limit ? value : std::nullopt;
}

std::optional<double> rain_of(const Hour& hour, const Limits& limits) {
  if (hour.rain_percent && *hour.rain_percent < limits.rain_percent) return std::nullopt;
  return at_least(hour.rain_mm, limits.rain_mm);
}

std::optional<double> thunder_of(const Hour& hour) {
  return hour.code && *hour.code >= 95 ? std::optional(1.0) : std::nullopt;
}

struct Kind {
  std::string name;
  hours ahead;
  Counts counts;
  Peak peak;
  std::function<std::string(const Episode&, const std::string& when)> title;
};

std::vector<Kind> kinds(const Limits& limits) {
  const hours ahead(limits.hours);
  return {
      {"rain", hours(limits.rain_hours),
       [&limits](const Hour& hour) { return rain_of(hour, limits); }, Peak::sum,
       [](const Episode& e, const std::string& when) {
         return "rain from about " + when + ", " + figure(e.peak) + " mm in all";
       }},
      {"gusts", ahead,
       [&limits](const Hour& hour) { return at_least(hour.gusts_kmh, limits.gusts_kmh); },
       Peak::highest,
       [](const Episode& e, const std::string& when) {
         return "gusts to " + figure(e.peak) + " km/h from about " + when;
       }},
      {"thunder", ahead, thunder_of, Peak::highest,
       [](const Episode&, const std::string& when) { return "thunderstorm from about " + when; }},
      {"frost", ahead,
       [&limits](const Hour& hour) -> std::optional<double> {
         return hour.temperature_c && *hour.temperature_c <= limits.frost_c ? hour.temperature_c
                                                                            : std::nullopt;
       },
       Peak::lowest,
       [](const Episode& e, const std::string& when) {
         return "frost to " + figure(e.peak) + " \u00b0C from about " + when;
       }},
      {"heat", ahead,
       [&limits](const Hour& hour) { return at_least(hour.temperature_c, limits.heat_c); },
       Peak::highest,
       [](const Episode& e, const std::string& when) {
         return "heat to " + figure(e.peak) + " \u00b0C from about " + when;
       }},
  };
}

std::string utc_hour(chela::Timestamp time) {
  return std::to_string(std::chrono::floor<hours>(time).time_since_epoch().count());
}

}  // namespace

std::map<std::string, Episode> episodes_of(const Forecast& forecast, const Limits& limits,
                                           chela::Timestamp now) {
  std::map<std::string, Episode> all;
  for (const auto& kind : kinds(limits)) {
    if (!limits.watch.contains(kind.name)) continue;
    const auto episode =
        first_episode(forecast, now, kind.ahead + kAnother, kind.counts, kind.peak);
    if (episode) all[kind.name] = *episode;
  }
  return all;
}

bool is_same(chela::Timestamp begin, chela::Timestamp told_until) {
  return begin <= told_until + kAnother;
}

std::vector<chela::Finding> judge(const Forecast& forecast, const Limits& limits,
                                  chela::Timestamp now, const std::string& suffix, Told& told) {
  std::vector<chela::Finding> findings;
  for (const auto& kind : kinds(limits)) {
    if (!limits.watch.contains(kind.name)) continue;
    const auto episode = first_episode(forecast, now, kind.ahead, kind.counts, kind.peak);
    if (!episode) continue;
    auto& until = told[kind.name];
    const bool is_known = is_same(episode->begin, until);
    until = std::max(until, episode->end);
    // Who stands in the rain need not be told that it rains.
    const bool is_here = kind.name == "rain" && forecast.rain_now_mm && *forecast.rain_now_mm > 0;
    if (is_known || is_here) continue;
    const auto when = [&](chela::Timestamp time) {
      return clock_time(time, now, forecast.utc_offset);
    };
    const std::string begin = episode->begin <= now ? "now on" : when(episode->begin);
    findings.push_back(
        chela::event(kind.name + ":" + utc_hour(episode->begin),
                     kind.title(*episode, begin) + suffix)
            .detail("Until about " + when(episode->end) + " as forecast now. " + kSource));
  }
  return findings;
}

std::string describe_today(const Today& today) {
  std::string text;
  const auto add = [&](const std::string& part) { text += (text.empty() ? "" : ", ") + part; };
  if (today.min_c && today.max_c)
    add(figure(*today.min_c) + " to " + figure(*today.max_c) + " \u00b0C");
  if (today.rain_mm && *today.rain_mm >= 0.1)
    add("rain " + figure(*today.rain_mm) + " mm" +
        (today.rain_percent ? " (" + figure(*today.rain_percent) + " %)" : ""));
  else if (today.rain_mm)
    add("no rain");
  if (today.gusts_kmh) add("gusts to " + figure(*today.gusts_kmh) + " km/h");
  return text.empty() ? "no forecast for today" : text;
}

}  // namespace weather
