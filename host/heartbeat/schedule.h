// Which of many checks runs now, and why: only due ones compete, and the order is a pure function
// of the values.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "heartbeat/due_time.h"

namespace chela::heartbeat {

enum class Order {
  overdue,  // lateness in cadences: 15 min late matters more to a half-hourly check than to a daily
            // one
  absolute,     // lateness in minutes
  round_robin,  // whose last run is longest ago
};

struct Policy {
  Order order = Order::overdue;
  Duration tick = std::chrono::minutes(5);  // the expected time between two ticks
  std::size_t per_tick = 1;                 // how many checks may run in one; 0 = all that are due
  int last_chance_ticks =
      2;  // how many ticks before its window closes a check goes first; 0 = never
};

// "overdue", "absolute", "round-robin". invalid_argument names the text and what is wanted.
Result<Order> parse_order(std::string_view text);

struct Due {
  enum class Why { overdue, last_chance, first_run, retry, clock_back };
  std::size_t index = 0;  // into plans and times
  Timestamp due_since;
  double lateness = 0;  // in cadences
  Why why = Why::overdue;
  Timestamp closes = kNever;  // when its window does
};

// Every due check, the one that goes first in front:
//   1. last chance: not tried in this opening of its window, which closes within
//   `last_chance_ticks` ticks, or
//      sooner than the others in the same position can be served; the earliest closing first
//   2. never run (and those whose record a wrong clock spoilt), so that a new check gets its
//   baseline
//   3. all others in the policy's order
// Ties go to the higher priority, then by id. `times` runs parallel to `plans`.
std::vector<Due> due_checks(Timestamp now, std::span<const CheckPlan> plans,
                            std::span<const CheckTimes> times, const Policy& policy);

// The first policy.per_tick of them.
std::vector<Due> pick_due(Timestamp now, std::span<const CheckPlan> plans,
                          std::span<const CheckTimes> times, const Policy& policy);

// When the next check is due; `now` where one is, kNever where none ever will be.
Timestamp next_due(Timestamp now, std::span<const CheckPlan> plans,
                   std::span<const CheckTimes> times, const Policy& policy);

// One line per check for `chela tick --explain`: the due ones in their order, then the others as
// planned. Clock times are shown in `shown_in`. "email: due since 14:00, 12 min ago (0.40 of 30m):
// runs now"
std::vector<std::string> explain(Timestamp now, std::span<const CheckPlan> plans,
                                 std::span<const CheckTimes> times, const Policy& policy,
                                 const Zone& shown_in);

}  // namespace chela::heartbeat
