// The plain values that checks report and the ledger keeps: reports, alerts, outbox rows, runs,
// tasks.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "chela/json.h"
#include "chela/result.h"
#include "services/redact.h"

namespace chela::tasks {

enum class Severity { info, warn, crit };
enum class FindingClass { event, condition };
enum class CheckStatus { ok, warn, crit, unknown };  // unknown: the check could not tell
enum class RunOutcome { ok, failed, crashed, quarantined };
enum class OutboxKind { create_task, update_task, say };

std::string_view to_string(Severity severity);   // "info" "warn" "crit"
std::string_view to_string(CheckStatus status);  // "ok" "warn" "crit" "unknown"
std::string_view to_string(RunOutcome outcome);  // "ok" "failed" "crashed" "quarantined"
std::string_view to_string(OutboxKind kind);     // "create_task" "update_task" "say"

// Of a task, by its name in chela.tasks/1: neither done nor cancelled.
bool is_open_state(std::string_view state);

struct SuggestedTask {
  std::string title;     // "": the finding's own
  std::string priority;  // "high" "medium" "low", or "": by severity
};

// Something a check wants known. An event happened once and is said; a condition lasts and opens a
// task.
struct Finding {
  std::string key;  // stable within its check; two findings with one key are the same thing
  FindingClass cls = FindingClass::condition;
  Severity severity = Severity::warn;
  std::string title;   // one line
  std::string detail;  // may have several lines
  std::string url;
  bool needs_human = false;
  std::optional<SuggestedTask> task;
};

struct Metric {
  std::string name;
  double value = 0;
  std::string unit;  // "percent", "bytes", ... or ""
  // Thresholds as Nagios writes ranges ("10:20"), in the unit that the check's program printed.
  std::string warn;
  std::string crit;
};

// [{"name":"free","value":3.5,"unit":"percent","warn":"10:","crit":"5:"}]
json::array to_json(const std::vector<Metric>& metrics);

struct CheckReport {
  CheckStatus status = CheckStatus::ok;
  std::string summary;  // one line
  std::vector<Finding> findings;
  std::vector<Metric> metrics;
  std::optional<json::value> cursor;  // absent: the check keeps its old one
};

// Reads a document chela.check.report/1 as a plugin handed it over:
//   {"schema":"chela.check.report/1","status":"warn","summary":"..",
//    "findings":[{"key":"uncommitted","class":"condition","severity":"warn","title":"..","detail":"..",
//                 "url":"..","needs_human":true,"task":{"title":"..","priority":"high"}}],
//    "metrics":[{"name":"..","value":1.5,"unit":"percent","warn":"10:","crit":"5:"}],"cursor":any}
// schema, status and a finding's key, class, severity and title are required. Unknown members are
// passed over. Summary and title (300 bytes, made one line) and detail (4,000) are cut with "...";
// findings with the same key become one. invalid_argument says where, wanted, found: a wrong type,
// a key that is empty, longer than 200 bytes, has control characters or starts with the host's own
// "chela:". resource_exhausted for more than 1,000 findings or metrics or a cursor above 256 KiB:
// cutting those would close alerts. A check may quote what it read: secrets are taken out of every
// text, also of those in errors, before it is cut; of the cursor, which is the check's own, known
// values alone.
Result<CheckReport> parse_report(const json::value& document, const services::Redactor& redactor);

// What is remembered of one check instance between ticks.
struct CheckRow {
  std::string check;
  std::optional<Timestamp> last_ok;       // start of the last run that could tell
  std::optional<Timestamp> last_attempt;  // start of the last run
  int consecutive_failures = 0;           // runs since then that failed or could not tell
  bool baseline_done = false;
  std::optional<CheckStatus> last_status;
  std::string last_summary;
  json::value cursor;             // null: none yet
  std::int64_t missed_slots = 0;  // regular times that passed without a run, ever
  std::string metrics = "[]";     // of the last run that gave a report, as to_json() has them
};

// Names one finding of one check, in the ledger and in a task's notes as "check/key".
struct AlertId {
  std::string check;
  std::string key;
  auto operator<=>(const AlertId&) const = default;
};

// A condition that is open now. It is removed when the condition has recovered.
struct AlertRow {
  std::string check;
  std::string key;
  Severity severity = Severity::warn;  // as last seen
  Severity worst = Severity::warn;     // the worst that was said
  std::string title;
  std::string detail;
  std::string url;
  bool needs_human = false;  // stays true once it was
  Timestamp opened_at{};
  Timestamp last_seen{};
  std::string task_id;  // shared by several alerts when they were folded into one task
  Timestamp last_said{};
  bool is_flapping = false;  // comes and goes: kept open, said once
};

// What is remembered of one condition from run to run: open, about to open, or over but not yet
// forgotten.
struct ConditionRow {
  std::string check;
  std::string key;
  int bad_runs = 0;       // runs in a row that reported it
  int good_runs = 0;      // runs in a row that did not
  Timestamp first_bad{};  // of the present or latest streak
  Timestamp last_bad{};
  std::string history;  // '1' reported, '0' not; newest last, see heartbeat/flapping.h
  bool is_flapping = false;
};

// What a person said about an alert, or about all of a check (key ""). Kept apart from the alert,
// so that a tick that is under way cannot overwrite it.
enum class MuteKind { acknowledged, snoozed };
std::string_view to_string(MuteKind kind);  // "acknowledged" "snoozed"
struct MuteRow {
  std::string check;
  std::string key;
  MuteKind kind = MuteKind::acknowledged;
  Timestamp at{};
  std::optional<Timestamp> until;      // of a snooze
  Severity severity = Severity::warn;  // what was acknowledged; another severity ends it
  std::string note;
};

// An event that was said, or was there at the baseline.
struct SeenEvent {
  std::string check;
  std::string key;
  Timestamp at{};
};

// An effect that is owed to the outside, kept until it is done. Payloads are shown in
// heartbeat/rules.h.
struct OutboxRow {
  std::int64_t id = 0;  // given by the ledger, rising, never used twice
  OutboxKind kind = OutboxKind::say;
  std::string target;   // task backend or notifier instance, or "": the default one
  std::string task_id;  // rows of one task keep their order; "" for say
  std::string payload;  // JSON
  Timestamp created_at{};
  int attempts = 0;
  std::string last_error;
  Timestamp not_before{};
};

// Lines that go into a message which waits already, where it still does.
struct OutboxJoin {
  std::int64_t id = 0;
  std::string expected;  // the payload as it was seen
  std::string payload;   // and with the lines
  OutboxRow alone;       // what is appended where the row is gone, begun or changed since
};

struct RunRow {
  std::int64_t id = 0;  // given by the ledger
  std::string check;
  Timestamp started{};
  Duration duration{};
  RunOutcome outcome = RunOutcome::ok;
  std::optional<CheckStatus> status;  // absent where the run failed
  std::string error;
  int findings = 0;
};

// A crash, a hang or a broken promise of a plugin.
struct FaultRow {
  std::string instance;
  std::string plugin;
  Timestamp at{};
  std::string what;
};

struct QuarantineRow {
  std::string plugin;
  Timestamp since{};
  Timestamp until{};  // when one trial run is allowed
  std::string reason;
};

// What a task is, or will be once the outbox is empty. State names are those of chela.tasks/1.
struct TaskRow {
  std::string id;
  std::string backend;
  std::string title;
  std::string state;    // "queue" "in_progress" "blocked" "done" "cancelled"
  bool closed = false;  // by us or by a person
  Timestamp updated_at{};
  std::vector<AlertId> keys;  // the findings it was opened for
};

// Everything that one tick changes; the ledger takes it whole or not at all.
struct TickRecord {
  std::vector<CheckRow> checks;    // inserted or replaced
  std::vector<AlertRow> alerts;    // inserted or replaced
  std::vector<AlertId> recovered;  // removed
  std::vector<SeenEvent> seen;
  std::vector<OutboxRow> outbox;  // appended in this order; ids are given by the ledger
  std::vector<OutboxJoin> joined;
  std::vector<RunRow> runs;
  std::vector<FaultRow> faults;
  std::vector<TaskRow> tasks;               // inserted or replaced
  std::vector<ConditionRow> conditions;     // inserted or replaced
  std::vector<AlertId> forgotten;           // conditions that are removed
  std::vector<MuteRow> unmuted;             // removed, unless a person has set it anew since
  std::map<std::string, std::string> meta;  // inserted or replaced
};

}  // namespace chela::tasks
