// When a plugin that keeps breaking its promises is left alone for a while, and what ends that.
// Pure functions.
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
inline constexpr Duration kGoodDay = std::chrono::hours(24);  // after it the doubling begins anew

// Where a plugin stands.
struct Standing {
  std::optional<tasks::QuarantineRow> row;  // it is put aside
  int doublings = 0;                        // of kQuarantine, in `row` or in the last one
  Timestamp began{};                        // the first quarantine in a row
  std::optional<Timestamp> lifted;          // the last one, by a good trial or by a person
  std::string failed_in{};                  // the operation whose fault set `row`; "" = any
};

// One run of its code: a check's, or a call of a task backend.
struct PluginRun {
  Timestamp started{};
  std::optional<std::string> fault;  // what it did wrong, if anything
  std::string operation{};           // of a task backend: "create"; "" = while it was started
};

enum class QuarantineStep { none, set, lift };

struct Verdict {
  QuarantineStep step = QuarantineStep::none;
  Standing after;
};

// What one run means. `recent` are the plugin's earlier faults (any age).
// At large: the third fault within ten minutes puts it aside, for ten minutes; longer where the
// last quarantine was lifted less than a day ago. Faults before that are forgiven. Put aside: a
// good run lifts it, of a task backend one of the operation that it failed in (one that lists well
// may still break when it creates), or any a day after `until`. A bad trial, begun after `until`,
// doubles the time, less up to a tenth of it, so that plugins that broke together are not tried
// together. A bad run that a person asked for earlier changes nothing, nor does one that had begun
// before.
Verdict after_run(const std::string& plugin, const PluginRun& run,
                  const std::vector<tasks::FaultRow>& recent, const Standing& before,
                  Timestamp now);

// When the trial run is due. A row that cannot be believed, since the clock was put back after it
// was written, asks for one at once.
Timestamp trial_at(const tasks::QuarantineRow& row, Timestamp now);

// A person lifts it: what was is forgiven, the doubling too.
Standing released(const Standing& before, Timestamp now);

// "check.x is quarantined for 10 min after repeated faults; ..."
std::string quarantine_line(const tasks::QuarantineRow& row);
// "check.x works again after 40 min of quarantine"
std::string lifted_line(const std::string& plugin, const Standing& after);

}  // namespace chela::heartbeat
