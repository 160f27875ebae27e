#include "heartbeat/simulate.h"

#include <algorithm>
#include <random>

namespace chela::heartbeat {
namespace {

using namespace std::chrono;

bool runs_once_per_opening(const CheckPlan& plan) {
  return plan.window && !is_whole_day(*plan.window) && plan.every >= hours(24);
}

// Fills in what the schedule asks of one check over the whole time.
void expect(SimulatedCheck& check, const CheckPlan& plan, Timestamp from, Timestamp to) {
  const Duration every = std::max<Duration>(plan.every, seconds(1));
  if (!plan.window || is_whole_day(*plan.window)) {
    check.nominal = static_cast<int>((to - from) / every);
    return;
  }
  for (auto open = occurrence(*plan.window, from); open.start < to;
       open = occurrence(*plan.window, open.end)) {
    if (runs_once_per_opening(plan)) {
      ++check.openings;
      ++check.nominal;
    } else {
      check.nominal += static_cast<int>(std::max<std::int64_t>(1, (open.end - open.start) / every));
    }
  }
}

// What is measured of one check, run after run.
struct Measured {
  std::optional<Timestamp> last;
  std::optional<Timestamp> opening;  // of the last run
  Duration gaps{};
  int gap_count = 0;
};

void note_run(SimulatedCheck& check, Measured& measured, const CheckPlan& plan, Timestamp now) {
  ++check.runs;
  std::optional<Timestamp> opening;
  if (plan.window && !is_whole_day(*plan.window)) opening = occurrence(*plan.window, now).start;
  if (runs_once_per_opening(plan) && opening != measured.opening) --check.missed;
  if (measured.last && opening == measured.opening) {
    const Duration gap = now - *measured.last;
    const double in_cadences =
        static_cast<double>(gap.count()) / static_cast<double>(plan.every.count());
    check.worst_gap = std::max(check.worst_gap, in_cadences);
    measured.gaps += gap;
    ++measured.gap_count;
  }
  measured.last = now;
  measured.opening = opening;
}

}  // namespace

std::vector<SimulatedCheck> simulate(const std::vector<CheckPlan>& plans,
                                     const SimulationSettings& settings) {
  const Timestamp to = settings.from + hours(24) * settings.days;
  const Duration tick = std::max<Duration>(settings.policy.tick, seconds(1));
  std::vector<SimulatedCheck> checks(plans.size());
  std::vector<Measured> measured(plans.size());
  std::vector<CheckTimes> times(plans.size());
  for (std::size_t i = 0; i < plans.size(); ++i) {
    checks[i].id = plans[i].id;
    expect(checks[i], plans[i], settings.from, to);
    checks[i].missed = checks[i].openings;
  }
  // Not std::uniform_real_distribution: what it draws is not the same with every library.
  std::mt19937 random(settings.seed);
  const auto late = [&] {
    const double share = static_cast<double>(random()) / 4294967296.0;
    return Duration(
        static_cast<std::int64_t>(share * settings.jitter * static_cast<double>(tick.count())));
  };
  for (Timestamp grid = settings.from; grid < to; grid += tick) {
    const Timestamp now = grid + late();
    for (const auto& due : pick_due(now, plans, times, settings.policy)) {
      times[due.index] = {now, now, 0};
      note_run(checks[due.index], measured[due.index], plans[due.index], now);
    }
  }
  for (std::size_t i = 0; i < plans.size(); ++i) {
    if (measured[i].gap_count > 0) checks[i].mean_gap = measured[i].gaps / measured[i].gap_count;
  }
  return checks;
}

std::vector<CheckPlan> runbook_checks(const Zone& zone) {
  const auto window = [&](int from, int to) { return Window{from * 60, to * 60, zone}; };
  std::vector<CheckPlan> plans(5);
  const auto set = [&](std::size_t i, const char* id, Duration every,
                       std::optional<Window> open = {}) {
    plans[i].id = id;
    plans[i].every = every;
    plans[i].window = std::move(open);
  };
  set(0, "email", minutes(30), window(9, 21));
  set(1, "calendar", hours(2), window(8, 22));
  set(2, "tasks", minutes(30));
  set(3, "git", hours(24));
  set(4, "system", hours(24), window(3, 4));
  return plans;
}

std::vector<SimulationRow> comparison_rows() {
  constexpr auto kLast = DueFrom::last_run;
  return {
      {"5m absolute, from last run", minutes(5), Order::absolute, 1, false, kLast, false},
      {"5m absolute, anchored", minutes(5), Order::absolute, 1, false, kLast, true},
      {"30m absolute, from last run", minutes(30), Order::absolute, 1, false, kLast, false},
      {"30m overdue, anchored", minutes(30), Order::overdue, 1, false, kLast, true},
      {"30m the same + last chance", minutes(30), Order::overdue, 1, true, kLast, true},
      {"30m all due, slots", minutes(30), Order::overdue, 0, false, DueFrom::slot, true},
      {"5m as chela does it", minutes(5), Order::overdue, 1, true, DueFrom::slot, true},
      {"30m as chela does it", minutes(30), Order::overdue, 1, true, DueFrom::slot, true},
  };
}

std::vector<SimulatedCheck> simulate_row(std::vector<CheckPlan> plans, const SimulationRow& row,
                                         SimulationSettings settings) {
  for (auto& plan : plans) {
    plan.due_from = row.due_from;
    plan.is_anchored = row.is_anchored;
  }
  settings.policy.order = row.order;
  settings.policy.tick = row.tick;
  settings.policy.per_tick = row.per_tick;
  if (!row.has_last_chance) settings.policy.last_chance_ticks = 0;
  return simulate(plans, settings);
}

}  // namespace chela::heartbeat
