// What one run of a check changes about what is known: opened, still open, recovered, new. Pure
// functions; the whole life cycle of an alert is decided here.
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
// Conditions that are not open and remembered all the same, per check: a check that invents a new
// key each time must not fill the ledger.
inline constexpr std::size_t kMaxConditions = 1000;

// `alerts:` of a check's manifest.
struct AlertPolicy {
  int failures = 1;                  // runs in a row that must report a condition before it is said
  int successes = 1;                 // runs in a row that must not before it has recovered
  std::optional<Duration> remind{};  // how often an open info or warn is said
  std::optional<Duration> remind_crit{std::chrono::hours(24)};  // and a crit
  bool has_flap_detection = true;
  friend bool operator==(const AlertPolicy&, const AlertPolicy&) = default;
};

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

// What is known before the run; rows of other checks are passed over.
struct Memory {
  tasks::CheckRow before;
  std::vector<tasks::AlertRow> open;
  std::vector<tasks::SeenEvent> seen;
  std::vector<tasks::ConditionRow> conditions;
  std::vector<tasks::MuteRow> mutes;
};

// Why an alert that stays open is said again, if at all.
enum class Again { no, worse, reminder, flapping, after_snooze };

struct StillOpen {
  tasks::AlertRow alert;  // brought up to date
  Again again = Again::no;
  Duration open_for{};
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
  std::vector<tasks::Finding> new_events;      // at the baseline: all, not to be said
  std::optional<Timestamp> events_held_until;  // the check is snoozed: they are said then
  std::vector<tasks::SeenEvent> seen;          // to be remembered
  std::vector<tasks::ConditionRow> conditions;
  std::vector<tasks::AlertId> forgotten;
  std::vector<tasks::MuteRow> unmuted;  // acknowledgements and snoozes that are over
  std::vector<std::string> waiting;     // checks that need this one; set where one of them waits
};

// The check's row after this run. last_attempt always moves; last_ok, cursor and baseline_done move
// only when the run could tell; a run that could not adds to consecutive_failures, an unknown
// report included: a check that never can tell must not stay silent.
tasks::CheckRow row_after(const tasks::CheckRow& before, const CheckRun& run);

// Conditions, of a run that could tell:
//   reported     opened when it is the policy.failures-th run in a row that reports it, else only
//                remembered; still open where it is open
//   not reported recovered when it is the policy.successes-th run in a row that does not
//   flapping     (see flapping.h) opened at once where it is not open, then kept open whatever the
//                runs say; one that is steady again recovers like any other
//   still open   said again when it is more severe than ever said or needs a human for the first
//                time, when it begins to flap, when a reminder is due, and when a snooze is over
//   acknowledged no reminders, nothing about flapping, until its severity changes
//   snoozed      nothing at all until then; in a snoozed check no condition opens (it does after
//                the snooze, if it is still there) and events are held back until its end
// What was said to be open is always said to have recovered, snoozed or not.
// Events: new unless seen; an event still reported is remembered anew after a day.
// A run that could not tell opens, closes and says nothing of the check's own, but for the events
// of an unknown report once the baseline is known: they have happened. Such a run opens `chela:run`
// when it is the third in a row, or `chela:fault` at once when the plugin crashed or is
// quarantined; the next run that could tell closes both.
AlertChanges fold(const CheckRun& run, const Memory& memory, const AlertPolicy& policy,
                  Timestamp now);

// The changes when a check is removed or disabled: nobody looks any more, so its alerts are closed
// with that reason, and what was said about them is void.
AlertChanges retire(std::string_view check, const Memory& memory, Timestamp now);

}  // namespace chela::heartbeat
