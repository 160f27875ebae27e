// When a plugin that keeps breaking its promises is left alone for a while. Pure functions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tasks/records.h"

namespace chela::heartbeat {

inline constexpr int kFaultsBeforeQuarantine = 3;
inline constexpr Duration kFaultWindow = std::chrono::minutes(10);
inline constexpr Duration kQuarantine = std::chrono::minutes(10);  // before the first trial run
inline constexpr Duration kLongestQuarantine =
    std::chrono::hours(24);  // doubled up to this after failed trials

enum class QuarantineStep { none, set, lift };

struct QuarantineChange {
  QuarantineStep step = QuarantineStep::none;
  tasks::QuarantineRow row;  // for `set`
};

// What one run of `plugin` means. `fault` is what it did in this run, if anything; `recent` its
// earlier faults (any age), `current` its row. Three faults within ten minutes quarantine it; a
// trial run after `until` that is good lifts it, one that is bad doubles the time.
QuarantineChange after_run(const std::string& plugin, const std::optional<std::string>& fault,
                           const std::vector<tasks::FaultRow>& recent,
                           const std::optional<tasks::QuarantineRow>& current, Timestamp now);

// The line that says so.
std::string quarantine_line(const tasks::QuarantineRow& row);

}  // namespace chela::heartbeat
