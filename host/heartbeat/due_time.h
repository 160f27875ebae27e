// When one check is due: from its plan and what is known of its runs, nothing else.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/time.h"
#include "heartbeat/window.h"

namespace chela::heartbeat {

// Further away than anybody plans; arithmetic on it is still safe.
inline constexpr Timestamp kNever = std::chrono::sys_days(std::chrono::year(9000) / 1 / 1);

// What a next run is counted from.
enum class DueFrom {
  slot,      // fixed times, see due_time(): what chela does
  last_run,  // a cadence after the last run: how others do it, for `chela heartbeat simulate` only
};

struct CheckPlan {
  std::string id;
  Duration every{};                         // at least a second; less is taken as a second
  std::optional<Window> window{};           // none = at any hour
  int priority = 0;                         // the higher goes first among equals
  std::optional<Timestamp> paused_until{};  // quarantine
  std::string waits_for{};                  // a check it needs that is down; "" = none
  // For comparison only (simulate.h); the host never sets them.
  DueFrom due_from = DueFrom::slot;
  bool is_anchored = true;  // once per opening where `every` is 24 h or more
};

// All times are the `now` of the tick that started the run.
struct CheckTimes {
  std::optional<Timestamp> last_ok;       // the last run that gave a report
  std::optional<Timestamp> last_attempt;  // the last run; later than last_ok = it failed
  int consecutive_failures = 0;
  friend bool operator==(const CheckTimes&, const CheckTimes&) = default;
};

struct DueTime {
  enum class Basis {
    slot,        // its regular time has come
    first_run,   // never run
    retry,       // its last run failed
    clock_back,  // its last run lies in the future: the clock was put back
  };
  Timestamp at;  // due from then on; in the past where it is late
  Basis basis = Basis::slot;
  std::optional<Occurrence> opening;  // of its window, the one that `at` lies in
  bool is_first_in_opening = false;   // no run was tried in that opening
};

// Runs are due at fixed slots, so being late once does not move the next one:
//   no window          multiples of `every` since 1970
//   a window           `every` from its opening on, as long as it is open
//   every >= 24 h and a window   once per opening, or every n-th day's where `every` is n days
// A run in the last quarter before a slot (and more than a `tick` late) stands for that slot too.
// Never run: at once. Failed: after retry_delay(), inside the window. Waiting for another: never. A
// last run more than a minute in the future counts as unknown: at once, which also repairs the
// record.
DueTime due_time(Timestamp now, const CheckPlan& plan, const CheckTimes& times, Duration tick);

// The same; `span` is the zone's stretch around `now`, for callers with many checks. Unused without
// a window.
DueTime due_time(Timestamp now, const CheckPlan& plan, const CheckTimes& times, Duration tick,
                 const OffsetSpan& span);

// How long after its `failures`-th failure in a row a check is tried again: 1, 2, 4 ... minutes up
// to its cadence; then, for one that runs more often than every two hours, 2, 4, 8 times the
// cadence but at most two hours, so that what is broken for long costs little. A tenth more or
// less, by `id`, keeps several that broke together apart.
Duration retry_delay(const std::string& id, Duration every, int failures);

// How many of its regular times have passed without a run when it runs at `now`; 0 where it never
// ran. They are counted, never replayed.
std::int64_t missed_slots(Timestamp now, const CheckPlan& plan, const CheckTimes& times,
                          Duration tick);

}  // namespace chela::heartbeat
