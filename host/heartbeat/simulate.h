// What a schedule comes to: the real scheduler on a virtual clock. Pure.
#pragma once

#include <string>
#include <vector>

#include "heartbeat/schedule.h"

namespace chela::heartbeat {

struct SimulationSettings {
  Timestamp from{};
  int days = 60;
  Policy policy;        // policy.tick: the time between two ticks
  double jitter = 0.3;  // each tick comes late by up to this share of the tick, at random
  unsigned seed = 1;
};

struct SimulatedCheck {
  std::string id;
  int runs = 0;
  int nominal = 0;       // what the cadence asks for, inside its window
  double worst_gap = 0;  // between two runs in one opening, in cadences
  Duration mean_gap{};   // likewise; zero where no two runs lie in one opening
  int openings = 0;      // of the window of a check that runs once in each, else 0
  int missed = 0;        // of these, without a run
  double percent() const { return nominal == 0 ? 100 : 100.0 * runs / nominal; }
};

// Runs take no time and all succeed. The same settings give the same outcome.
std::vector<SimulatedCheck> simulate(const std::vector<CheckPlan>& plans,
                                     const SimulationSettings& settings);

// The checks of the OpenClaw runbook (digitalknk/openclaw-runbook, heartbeat example): email every
// 30 min from 9 to 21, calendar every 2 h from 8 to 22, tasks every 30 min, git daily, system daily
// between 3 and 4.
std::vector<CheckPlan> runbook_checks(const Zone& zone);

// One way to schedule them, for comparison. The first ones are how others do it: the next run is
// due a cadence after the last one, and a window is a matter of luck.
struct SimulationRow {
  std::string name;
  Duration tick{};
  Order order = Order::overdue;
  std::size_t per_tick = 1;
  bool has_last_chance = true;
  DueFrom due_from = DueFrom::slot;
  bool is_anchored = true;
};
std::vector<SimulationRow> comparison_rows();

// The outcome of one of them over `plans`.
std::vector<SimulatedCheck> simulate_row(std::vector<CheckPlan> plans, const SimulationRow& row,
                                         SimulationSettings settings);

}  // namespace chela::heartbeat
