#include "heartbeat/load.h"

#include <algorithm>
#include <cstdio>
#include <vector>

#include "base/text.h"

namespace chela::heartbeat {
namespace {

using namespace std::chrono;

struct Edge {
  Timestamp at;
  double change = 0;
};

Duration cadence(const CheckPlan& plan) {
  const Duration every = std::max<Duration>(plan.every, seconds(1));
  return plan.window ? std::min<Duration>(every, usual_length(*plan.window)) : every;
}

std::vector<Edge> edges(Timestamp from, Timestamp to, std::span<const CheckPlan> plans,
                        Duration tick) {
  std::vector<Edge> all;
  for (const CheckPlan& plan : plans) {
    const double share =
        static_cast<double>(tick.count()) / static_cast<double>(cadence(plan).count());
    const auto add = [&](Timestamp start, Timestamp end) {
      all.push_back({std::max(start, from), share});
      all.push_back({std::min(end, to), -share});
    };
    if (!plan.window || is_whole_day(*plan.window)) {
      add(from, to);
      continue;
    }
    for (auto open = occurrence(*plan.window, from); open.start < to;
         open = occurrence(*plan.window, open.end)) {
      add(open.start, open.end);
    }
  }
  // Closings before openings, so that windows that touch do not add up.
  std::sort(all.begin(), all.end(), [](const Edge& a, const Edge& b) {
    return a.at != b.at ? a.at < b.at : a.change < b.change;
  });
  return all;
}

// Adds `level` x time to every hour that [begin, end) touches.
void spread(std::array<double, 24>& by_hour, Timestamp from, Timestamp begin, Timestamp end,
            double level) {
  for (std::size_t i = 0; i < by_hour.size(); ++i) {
    const Timestamp hour = from + hours(i);
    const Duration common = std::min(end, hour + hours(1)) - std::max(begin, hour);
    if (common > Duration::zero())
      by_hour[i] += level * duration<double, std::ratio<3600>>(common).count();
  }
}

std::string two_digits(double value) {
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%.2f", value);
  return text.data();
}

// A tick that would do, in whole minutes where it has any.
std::string fitting_tick(Duration tick, double ratio) {
  const auto exact = Duration(static_cast<std::int64_t>(static_cast<double>(tick.count()) / ratio));
  const Duration rounded = exact >= minutes(1)
                               ? Duration(floor<minutes>(exact))
                               : std::max<Duration>(floor<seconds>(exact), seconds(1));
  return format_duration(rounded);
}

}  // namespace

Load load(Timestamp now, std::span<const CheckPlan> plans, Duration tick) {
  Load result;
  result.peak_at = now;
  double level = 0;
  Timestamp since = now;
  const auto all = edges(now, now + hours(24), plans, tick);
  for (std::size_t i = 0; i < all.size(); ++i) {
    spread(result.by_hour, now, since, all[i].at, level);
    since = all[i].at;
    level += all[i].change;
    const bool is_settled = i + 1 == all.size() || all[i + 1].at != since;
    // Sums of thirds differ in the last bit; that is no new peak.
    if (is_settled && level > result.peak + 1e-9) {
      result.peak = level;
      result.peak_at = since;
    }
  }
  return result;
}

std::string overload_warning(const Load& load, std::span<const CheckPlan> plans,
                             const Policy& policy, const Zone& shown_in) {
  if (policy.per_tick == 0 || plans.empty()) return "";
  const double ratio = load.peak / static_cast<double>(policy.per_tick);
  if (ratio <= 1 + 1e-9) return "";
  const auto most = std::min_element(plans.begin(), plans.end(), [](const auto& a, const auto& b) {
    return a.every != b.every ? a.every < b.every : a.id < b.id;
  });
  const Duration stretched(
      static_cast<std::int64_t>(static_cast<double>(most->every.count()) * ratio));
  const LocalTime from = shown_in.to_local(load.peak_at);
  std::array<char, 16> clock{};
  std::snprintf(clock.data(), clock.size(), "%02d:%02d", from.minute / 60 % 24, from.minute % 60);
  return "load " + two_digits(ratio) + " from " + clock.data() + ": " + two_digits(load.peak) +
         " runs are wanted per tick of " + format_duration(policy.tick) + " and " +
         std::to_string(policy.per_tick) + (policy.per_tick == 1 ? " fits" : " fit") + ", so " +
         base::printable(most->id, 100) + " runs about every " +
         format_duration(std::max<Duration>(floor<minutes>(stretched), seconds(1))) +
         ", not every " + format_duration(most->every) + "; use a tick of " +
         fitting_tick(policy.tick, ratio) + " or per_tick: all";
}

}  // namespace chela::heartbeat
