// What one run of a check changes about what is known: opened, still open, recovered, new. Pure
// functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tasks/records.h"

namespace chela::heartbeat {

// The host's own conditions; no plugin can report a key that starts with "chela:".
inline constexpr std::string_view kRunKey = "chela:run";  // could not check, several times in a row
inline constexpr std::string_view kFaultKey =
    "chela:fault";  // crashed, or quarantined for crashing
inline constexpr int kFailuresBeforeAlert = 3;

// One run of one check, as it came out.
struct CheckRun {
  std::string check;
  Timestamp started{};
  Duration duration{};
  tasks::RunOutcome outcome = tasks::RunOutcome::ok;
  tasks::CheckReport report;  // when outcome is ok
  std::string error;          // otherwise
};

// True when the run says how things are: it came back with a report whose status is not unknown.
bool could_tell(const CheckRun& run);

struct StillOpen {
  tasks::AlertRow alert;   // brought up to date
  bool got_worse = false;  // more severe than ever said, or needs a human for the first time
};

struct Recovered {
  tasks::AlertRow alert;
  Duration lasted{};
  std::string reason;  // "recovered", or why it is no longer looked at
};

struct Opened {
  tasks::AlertRow alert;  // without a task yet
  std::optional<tasks::SuggestedTask> task;
};

struct AlertChanges {
  std::string check;
  bool is_baseline = false;  // the check's first run that could tell
  std::vector<Opened> opened;
  std::vector<StillOpen> still_open;
  std::vector<Recovered> recovered;
  std::vector<tasks::Finding> new_events;  // at the baseline: all, not to be said
  std::vector<tasks::SeenEvent> seen;      // to be remembered
};

// The check's row after this run. last_attempt always moves; last_ok, cursor and baseline_done move
// only when the run could tell; a run that could not adds to consecutive_failures, an unknown
// report included: a check that never can tell must not stay silent.
tasks::CheckRow row_after(const tasks::CheckRow& before, const CheckRun& run);

// `before` is the check's row before this run, `open` the open alerts and `seen` the said events;
// rows of other checks are passed over.
//   conditions  not open -> opened; open and reported -> still open; open and not reported ->
//   recovered events      new unless seen; an event still reported is remembered anew after a day
// A run that could not tell opens, closes and says nothing of the check's own, but for the events
// of an unknown report once the baseline is known: they have happened. Such a run opens `chela:run`
// when it is the third in a row, or `chela:fault` at once when the plugin crashed or is
// quarantined; the next run that could tell closes both.
AlertChanges fold(const CheckRun& run, const tasks::CheckRow& before,
                  const std::vector<tasks::AlertRow>& open,
                  const std::vector<tasks::SeenEvent>& seen, Timestamp now);

// The changes when a check is removed or disabled: nobody looks any more, so its alerts are closed
// with that reason.
AlertChanges retire(std::string_view check, const std::vector<tasks::AlertRow>& open,
                    Timestamp now);

}  // namespace chela::heartbeat
