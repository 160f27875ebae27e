// When a condition comes and goes so often that saying it each time helps nobody. Pure functions.
//
// The rule is that of Nagios (its documentation "Detection and Handling of State Flapping"): the
// last 21 results, the 20 changes between them weighted from 0.75 (oldest) to 1.25 (newest), their
// share of 20 in percent. From 30 % on it flaps, below 20 % it no longer does: Nagios' built-in
// thresholds. Those of its sample file (20 and 5) call two short incidents within a day flapping
// and then keep the alert open for twenty more runs.
#pragma once

#include <string>
#include <string_view>

namespace chela::heartbeat {

inline constexpr std::size_t kFlapResults = 21;
inline constexpr double kFlapsFromPercent = 30;
inline constexpr double kSteadyBelowPercent = 20;

// Appends one result ('1' reported, '0' not) and forgets the oldest beyond kFlapResults.
void remember_result(std::string& history, bool is_reported);

// 0 to 100. What is older than the history counts as not reported.
double changes_percent(std::string_view history);

// Whether it flaps now; between the two thresholds it stays as it was.
bool flaps(std::string_view history, bool did_flap);

}  // namespace chela::heartbeat
