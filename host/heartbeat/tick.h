// One tick: pick what is due, run it, fold what it found, decide, commit, dispatch, write the state
// file.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "heartbeat/alerts.h"
#include "heartbeat/dispatch.h"
#include "heartbeat/schedule.h"
#include "services/clock.h"
#include "services/log.h"
#include "tasks/ledger.h"

namespace chela::heartbeat {

// A check as the heartbeat sees it.
struct CheckSpec {
  CheckPlan plan;  // plan.id is the instance's
  std::string plugin;
  AlertPolicy alerts;
  std::vector<std::string> needs;  // checks that must be well for this one to make sense; no cycles
};

// One run as it came out, and what the plugin did wrong in it.
struct RunResult {
  CheckRun run;
  std::optional<std::string> fault;
};

// Runs one check with a chela.check.request/1's members taken from `before`; never fails: a failure
// is a CheckRun.
using RunCheck = std::function<boost::asio::awaitable<RunResult>(
    std::string check, tasks::CheckRow before, Timestamp now)>;

// What stands in the way of an instance before any of its code can run; becomes a critical
// condition of the host.
struct SetupProblem {
  std::string key;       // stable: the file or the instance
  std::string instance;  // the instance that is out because of it; its alerts stay as they are
  std::string title;     // one line
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
  RunCheck run_check;
  TaskBackend backend;
  Say say;
};

struct TickRequest {
  bool all = false;                  // every check, due or not
  std::optional<std::string> check;  // this one, due or not
  bool dry_run = false;              // say what would run, run nothing
  bool explain = false;
};

struct TickReport {
  std::vector<std::string> explanations;  // one line per check, where asked for
  std::vector<RunResult> runs;
  std::vector<std::string> would_run;  // dry run
  std::vector<std::string> problems;   // one line each: what could not be done, and what to do
  int said = 0;                        // lines that went out through `say`
  bool is_quiet() const { return said == 0 && problems.empty(); }
};

// not_found for a check that is not there (with a suggestion); errors of the ledger, in which case
// nothing happened.
boost::asio::awaitable<Result<TickReport>> tick(TickContext& context, TickRequest request);

// When the next check is due, from what the ledger knows.
Result<Timestamp> next_due(TickContext& context, Timestamp now);

}  // namespace chela::heartbeat
