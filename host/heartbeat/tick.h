// One tick: pick what is due, run it, fold what it found, decide, commit, dispatch, write the state
// file.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "heartbeat/alerts.h"
#include "heartbeat/dispatch.h"
#include "heartbeat/route.h"
#include "heartbeat/run_checks.h"
#include "heartbeat/schedule.h"
#include "services/clock.h"
#include "services/log.h"
#include "services/one_at_a_time.h"
#include "tasks/ledger.h"

namespace chela::heartbeat {

// A check as the heartbeat sees it.
struct CheckSpec {
  CheckPlan plan;  // plan.id is the instance's
  std::string plugin;
  AlertPolicy alerts;
  std::vector<std::string> needs;  // checks that must be well for this one to make sense; no cycles
};

// What stands in the way of an instance before any of its code can run; becomes a critical
// condition of the host.
struct SetupProblem {
  std::string key;       // stable: the file or the instance
  std::string instance;  // the instance that is out because of it; its alerts stay as they are
  std::string title;     // one line
  tasks::Severity severity = tasks::Severity::crit;
};

// The pseudo check under which the host reports about itself.
inline constexpr std::string_view kHostCheck = "chela";

// Everything outlives the tick. [loop-thread]
struct TickContext {
  tasks::Ledger& ledger;
  const services::Clock& clock;
  services::Log& log;
  const std::vector<CheckSpec>& checks;
  const std::vector<SetupProblem>& problems;
  Policy policy;
  Zone zone;                   // for --explain
  std::string state_file;      // <workspace>/memory/heartbeat-state.json
  std::string old_state_file;  // <workspace>/heartbeat-state.json, taken over once
  std::string task_backend;    // instance that new tasks go to; "" where none is on
  const std::vector<NotifierRules>& notifiers;
  RunCheck run_check;
  TaskBackend backend;
  Notify notify;
  Say say;
  // Where ticks overlap: the runs of all of them, and the doors to what goes one at a time.
  CheckRuns* runs = nullptr;                    // none: this tick's own
  services::OneAtATime* folding = nullptr;      // fold and commit; none: nobody else ticks
  services::OneAtATime* dispatching = nullptr;  // the outbox: tasks and plain lines
  std::set<std::string>* sending = nullptr;     // notifiers that are being sent to
};

struct TickRequest {
  bool all = false;                  // every check, due or not
  std::optional<std::string> check;  // this one, due or not
  bool dry_run = false;              // say what would run, run nothing
  bool explain = false;
  Patience patience = Patience::end;
};

struct TickReport {
  std::vector<std::string> explanations;  // one line per check, where asked for
  std::vector<RunResult> runs;
  std::vector<std::string> would_run;  // dry run
  std::vector<std::string> problems;   // one line each: what could not be done, and what to do
  int said = 0;                        // lines that went out through `say`
  bool is_quiet() const { return said == 0 && problems.empty(); }
};

// Chooses and starts, waits with the request's patience, then folds every result that is there:
// its own and those of earlier ticks' runs that came back meanwhile, in the order in which they
// were chosen. not_found for a check that is not there (with a suggestion); errors of the ledger,
// in which case nothing happened.
boost::asio::awaitable<Result<TickReport>> tick(TickContext& context, TickRequest request);

// What lies ahead, from what the ledger knows.
struct Outlook {
  Timestamp check_at;   // kNever where all checks are under way
  std::string check;    // the one that is due then
  Timestamp outbox_at;  // when something that is owed is tried again; kNever: nothing is
  std::size_t open_alerts = 0;
  std::optional<std::string> set_aside;  // what became of a corrupt state file, if it was one
};
Result<Outlook> outlook(TickContext& context, Timestamp now);

}  // namespace chela::heartbeat
