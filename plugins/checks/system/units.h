// Decides what to tell of a service manager's units and timers: pure.
#pragma once

#include <chela/json.h>

#include <map>
#include <string>
#include <vector>

#include "pauses.h"
#include "round.h"
#include "systemctl.h"

namespace check_system {

// When a timer last ran and when it was to run next, as first seen after that run.
struct Promise {
  std::int64_t last_ms = 0;
  std::int64_t due_ms = 0;
  std::int64_t paused_ms = 0;  // how long the machine paused meanwhile
  bool is_overdue = false;     // and so it stays until the timer has run: a pause mends nothing
  friend bool operator==(const Promise&, const Promise&) = default;
};
using Promises = std::map<std::string, Promise>;  // by timer

// {"x.timer": [last_ms, due_ms, paused_ms, is_overdue]}
chela::json::object to_json(const Promises& promises);
Promises parse_promises(const chela::json::value* value);  // null, or damaged: what can be read

// What is known of one service manager.
struct Manager {
  bool is_user = false;
  std::map<std::string, Service> services;  // those that failed and those that timers start
  std::vector<std::string> ignored;         // patterns of names
};

// One finding for each failed unit, and for each service that a timer starts and that failed but is
// about to be started again; at most 20 and one for the rest.
Outcome judge_units(const Manager& manager, const std::vector<Unit>& failed,
                    const std::vector<Timer>& timers);

// Grants every timer that is not overdue yet the time for which the machine paused: timers that
// count the time since their last run stand still in suspend, the others may draw a new delay.
void put_off(Promises& promises, const Pause& pause);

// One finding for each overdue timer: it has not run for two of its periods, and `pause.least_ms`
// more than was promised, pauses not counted. A period is the time from its last run to the next as
// first promised: systemd shows another `next` each time that it puts the run off.
//   promises  of the last look, put off by `pause`; brought up to date
//   pause     the one before this look
Outcome judge_timers(const Manager& manager, const std::vector<Timer>& timers, Promises& promises,
                     std::int64_t now_ms, const Pause& pause = {});

}  // namespace check_system
