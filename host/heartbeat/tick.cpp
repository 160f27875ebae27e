#include "heartbeat/tick.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/ids.h"
#include "base/text.h"
#include "heartbeat/judge_plugin.h"
#include "heartbeat/needs.h"
#include "heartbeat/quarantine.h"
#include "heartbeat/rules.h"
#include "heartbeat/state_sync.h"
#include "heartbeat/wording.h"

namespace chela::heartbeat {
namespace {

using boost::asio::awaitable;

// What the ledger and the state file know at the start of a tick.
struct Start {
  Timestamp now;
  tasks::Snapshot snapshot;
  SyncedTimes synced;
  RowsByCheck rows;                                         // edits applied
  std::map<std::string, tasks::QuarantineRow> quarantines;  // by plugin
  std::vector<CheckPlan> plans;                             // parallel to context.checks
  std::vector<CheckTimes> times;
  std::vector<tasks::TaskRow> adopted;  // of an earlier ledger, see adopt_tasks
};

std::vector<Needer> needers(const TickContext& context) {
  std::vector<Needer> all;
  for (const auto& check : context.checks) all.push_back({check.plan.id, check.needs});
  return all;
}

Result<Start> read_start(TickContext& context) {
  Start start;
  start.now = context.clock.now();
  CHELA_TRY(start.snapshot, context.ledger.load());
  CHELA_TRY(const auto quarantines, context.ledger.quarantines());
  for (const auto& row : quarantines) start.quarantines[row.plugin] = row;
  start.synced = read_times(context.state_file, context.old_state_file, start.snapshot, start.now);
  for (const auto& row : start.snapshot.checks) start.rows[row.check] = row;
  for (const auto& edit : start.synced.edits) {
    auto& row = start.rows[edit.id];
    row.check = edit.id;
    row.last_ok = edit.time;
    row.last_attempt = edit.time;
    row.consecutive_failures = 0;
  }
  const auto waiting = find_waiting(needers(context), start.rows);
  for (const auto& check : context.checks) {
    CheckPlan plan = check.plan;
    if (const auto found = waiting.find(plan.id); found != waiting.end())
      plan.waits_for = found->second;
    const auto quarantine = start.quarantines.find(check.plugin);
    if (quarantine != start.quarantines.end()) plan.paused_until = quarantine->second.until;
    start.plans.push_back(std::move(plan));
    const auto times = start.synced.times.find(check.plan.id);
    start.times.push_back(times == start.synced.times.end() ? CheckTimes{} : times->second);
    start.rows[check.plan.id].check = check.plan.id;
  }
  return start;
}

const CheckSpec* find_check(const TickContext& context, std::string_view check) {
  const auto found = std::find_if(context.checks.begin(), context.checks.end(),
                                  [&](const CheckSpec& spec) { return spec.plan.id == check; });
  return found == context.checks.end() ? nullptr : &*found;
}

// Where a chosen check needs one that is due as well but was not chosen, that one takes its place:
// how the first is can be told only once the second is known.
void put_needed_first(const TickContext& context, const Start& start,
                      std::vector<std::size_t>& chosen) {
  for (auto& index : chosen) {
    for (bool has_moved = true; has_moved;) {  // ends: there are no circles
      has_moved = false;
      for (std::size_t i = 0; i < context.checks.size() && !has_moved; ++i) {
        const auto& needs = context.checks[index].needs;
        const std::string& id = context.checks[i].plan.id;
        if (std::find(needs.begin(), needs.end(), id) == needs.end()) continue;
        if (std::find(chosen.begin(), chosen.end(), i) != chosen.end()) continue;
        const auto when = due_time(start.now, start.plans[i], start.times[i], context.policy.tick);
        if (when.at > start.now) continue;
        index = i;
        has_moved = true;
      }
    }
  }
}

// Indices into context.checks, in the order in which they run.
Result<std::vector<std::size_t>> choose(const TickContext& context, const TickRequest& request,
                                        const Start& start) {
  std::vector<std::size_t> chosen;
  if (request.check) {
    std::vector<std::string> known;
    for (std::size_t i = 0; i < context.checks.size(); ++i) {
      known.push_back(context.checks[i].plan.id);
      if (known.back() == *request.check) return std::vector<std::size_t>{i};
    }
    for (const auto& problem : context.problems) {
      if (problem.instance == *request.check)
        return fail(ErrorCode::failed_precondition, problem.title);
    }
    std::string message = "no check '" + *request.check + "' is enabled";
    const auto meant = base::closest(*request.check, known);
    if (!meant.empty()) message += "; did you mean '" + meant + "'?";
    return fail(ErrorCode::not_found, message + " (chela status lists them)");
  }
  const auto picked = request.all ? due_checks(start.now, start.plans, start.times, context.policy)
                                  : pick_due(start.now, start.plans, start.times, context.policy);
  for (const auto& due : picked) chosen.push_back(due.index);
  if (!request.all) put_needed_first(context, start, chosen);
  if (request.all) {
    for (std::size_t i = 0; i < context.checks.size(); ++i) {
      if (std::find(chosen.begin(), chosen.end(), i) == chosen.end()) chosen.push_back(i);
    }
  }
  return chosen;
}

// The host's own condition: what stands in the way of an instance.
CheckRun host_run(const std::vector<SetupProblem>& problems, Timestamp now) {
  CheckRun run;
  run.check = kHostCheck;
  run.started = now;
  run.report.status = problems.empty() ? tasks::CheckStatus::ok : tasks::CheckStatus::crit;
  for (const auto& problem : problems) {
    tasks::Finding finding;
    finding.key = problem.key;
    finding.severity = tasks::Severity::crit;
    finding.title = problem.title;
    finding.needs_human = true;
    run.report.findings.push_back(std::move(finding));
  }
  return run;
}

Memory memory_of(const Start& start, tasks::CheckRow before) {
  return {std::move(before), start.snapshot.alerts, {}, {}, start.snapshot.mutes};
}

bool has_open(const tasks::Snapshot& snapshot, std::string_view check) {
  return std::any_of(snapshot.alerts.begin(), snapshot.alerts.end(),
                     [&](const tasks::AlertRow& alert) { return alert.check == check; });
}

bool matters(const AlertChanges& change) {
  return !change.opened.empty() || !change.recovered.empty() || !change.new_events.empty() ||
         std::any_of(change.still_open.begin(), change.still_open.end(),
                     [](const StillOpen& open) { return open.again == Again::worse; });
}

// The host's own changes, and those of checks that nobody runs any more.
Result<std::vector<AlertChanges>> host_changes(const TickContext& context, const Start& start) {
  std::vector<AlertChanges> changes;
  if (!context.problems.empty() || has_open(start.snapshot, kHostCheck)) {
    tasks::CheckRow row;
    row.check = kHostCheck;
    row.baseline_done =
        true;  // a broken manifest is worth a task of its own from the first time on
    AlertChanges change = fold(host_run(context.problems, start.now), memory_of(start, row),
                               AlertPolicy(), start.now);
    if (matters(change)) changes.push_back(std::move(change));
  }
  std::set<std::string, std::less<>> looked_after{std::string(kHostCheck)};
  for (const auto& check : context.checks) looked_after.insert(check.plan.id);
  for (const auto& problem : context.problems) looked_after.insert(problem.instance);
  for (const auto& alert : start.snapshot.alerts) {
    if (looked_after.insert(alert.check).second) {
      Memory memory = memory_of(start, {});
      CHELA_TRY(memory.conditions, context.ledger.conditions(alert.check));
      changes.push_back(retire(alert.check, memory, start.now));
    }
  }
  return changes;
}

// Takes over the open tasks that the ledger does not know but that name a finding which opens now:
// after a lost ledger the finding goes on in its old task.
void adopt_tasks(const TickContext& context, Start& start, const json::array& list,
                 const std::set<tasks::AlertId>& opened) {
  std::set<std::string> known;
  for (const auto& task : start.snapshot.tasks) known.insert(task.id);
  for (const auto& task : list) {
    tasks::TaskRow row;
    row.id = get_string(task, "id");
    row.backend = context.task_backend;
    row.title = get_string(task, "title");
    row.state = get_string(task, "state");
    row.updated_at = start.now;
    if (row.state == "done" || row.state == "cancelled" || known.contains(row.id)) continue;
    row.keys = findings_in(get_string(task, "notes"));
    const bool is_wanted =
        std::any_of(row.keys.begin(), row.keys.end(),
                    [&](const tasks::AlertId& id) { return opened.contains(id); });
    if (!is_wanted) continue;
    start.snapshot.tasks.push_back(row);
    start.adopted.push_back(std::move(row));
  }
}

// Learns from the backend which of our open tasks a person has closed or removed meanwhile, and
// which tasks for what opens now are there already.
awaitable<void> refresh_tasks(TickContext& context, Start& start,
                              const std::vector<AlertChanges>& changes) {
  std::set<tasks::AlertId> opened;
  for (const auto& change : changes) {
    for (const auto& one : change.opened) opened.insert({one.alert.check, one.alert.key});
  }
  const bool has_open_task = std::any_of(start.snapshot.tasks.begin(), start.snapshot.tasks.end(),
                                         [](const tasks::TaskRow& task) { return !task.closed; });
  if (!has_open_task && opened.empty()) co_return;
  json::object request;
  const auto reply = co_await context.backend("", "list", std::move(request));
  const auto* list = reply ? find(*reply, "tasks") : nullptr;
  if (list == nullptr || !list->is_array())
    co_return;  // the backend is away: go on with what we know
  std::map<std::string, std::string> states;
  for (const auto& task : list->get_array())
    states[get_string(task, "id")] = get_string(task, "state");
  for (auto& task : start.snapshot.tasks) {
    if (task.closed) continue;
    const auto found = states.find(task.id);
    const bool is_waiting =
        std::any_of(start.snapshot.outbox.begin(), start.snapshot.outbox.end(),
                    [&](const tasks::OutboxRow& row) { return row.task_id == task.id; });
    if (is_waiting) continue;  // not there yet
    if (found == states.end()) {
      task.closed = true;
    } else {
      task.state = found->second;
      task.closed = found->second == "done" || found->second == "cancelled";
    }
  }
  adopt_tasks(context, start, list->get_array(), opened);
}

tasks::RunRow run_row(const CheckRun& run) {
  tasks::RunRow row;
  row.check = run.check;
  row.started = run.started;
  row.duration = run.duration;
  row.outcome = run.outcome;
  if (run.outcome == tasks::RunOutcome::ok) row.status = run.report.status;
  row.error = run.error;
  row.findings = static_cast<int>(run.report.findings.size());
  return row;
}

const std::string& plugin_of(const TickContext& context, const std::string& check) {
  static const std::string kNone;
  const CheckSpec* spec = find_check(context, check);
  return spec == nullptr ? kNone : spec->plugin;
}

void log_run(services::Log& log, const RunResult& result) {
  const auto ms = result.run.duration.count();
  if (result.run.outcome == tasks::RunOutcome::ok) {
    log.event(services::LogLevel::info, "check.done",
              {{"id", result.run.check},
               {"status", tasks::to_string(result.run.report.status)},
               {"findings", result.run.report.findings.size()},
               {"ms", ms}});
    return;
  }
  log.event(services::LogLevel::warn, result.fault ? "check.fault" : "check.failed",
            {{"id", result.run.check}, {"error", result.run.error}, {"ms", ms}});
}

// Counts faults and puts a plugin that keeps breaking its promises aside; says so in a line.
Result<void> judge_plugins(TickContext& context, const Start& start, TickReport& report) {
  for (const auto& result : report.runs) {
    const std::string& plugin = plugin_of(context, result.run.check);
    const auto current = start.quarantines.find(plugin);
    if (!result.fault && current == start.quarantines.end()) continue;
    std::optional<tasks::QuarantineRow> row;
    if (current != start.quarantines.end()) row = current->second;
    std::optional<tasks::FaultRow> fault;
    if (result.fault) fault = {result.run.check, plugin, start.now, *result.fault};
    CHELA_TRY(const auto set, judge_plugin(context.ledger, plugin, fault, row, start.now));
    if (set) report.problems.push_back(quarantine_line(*set));
  }
  return {};
}

// Folds all runs into one transaction and commits it.
Result<void> record(TickContext& context, Start& start, const std::vector<AlertChanges>& changes,
                    const TickReport& report) {
  Known known;
  known.alerts = start.snapshot.alerts;
  known.tasks = start.snapshot.tasks;
  known.task_backend = context.task_backend;
  Actions actions = decide(changes, known, start.now, [] { return base::random_id(); });
  tasks::TickRecord& record = actions.record;
  record.tasks.insert(record.tasks.begin(), start.adopted.begin(), start.adopted.end());
  std::set<std::string> ran;
  for (const auto& result : report.runs) {
    auto& row = start.rows[result.run.check];
    const CheckSpec* spec = find_check(context, result.run.check);
    const CheckTimes times{row.last_ok, row.last_attempt, row.consecutive_failures};
    if (spec != nullptr)
      row.missed_slots += missed_slots(result.run.started, spec->plan, times, context.policy.tick);
    row = row_after(row, result.run);
    ran.insert(result.run.check);
    record.checks.push_back(row);
    record.runs.push_back(run_row(result.run));
    if (result.fault) {
      record.faults.push_back(
          {result.run.check, plugin_of(context, result.run.check), start.now, *result.fault});
    }
    start.synced.times[result.run.check] = {row.last_ok, row.last_attempt,
                                            row.consecutive_failures};
  }
  for (const auto& edit : start.synced.edits) {
    if (!ran.contains(edit.id)) record.checks.push_back(start.rows[edit.id]);
  }
  return context.ledger.commit(record);
}

std::string problem_of(const RunResult& result, const std::string& plugin) {
  const std::string& check = result.run.check;
  const std::string advice = " (chela disable " + check + " turns it off)";
  if (!result.fault) {
    return check + " (" + plugin + "): could not check: " + result.run.error +
           "; it is tried again when it is due" + advice;
  }
  return check + ": " + plugin + " " + *result.fault + "; chela and the other checks went on" +
         advice;
}

awaitable<void> run_checks(TickContext& context, const Start& start,
                           const std::vector<std::size_t>& chosen, TickReport& report) {
  for (const auto index : chosen) {
    const CheckSpec& spec = context.checks[index];
    const auto row = start.rows.find(spec.plan.id);
    RunResult result = co_await context.run_check(spec.plan.id, row->second, start.now);
    log_run(context.log, result);
    if (result.run.outcome != tasks::RunOutcome::ok)
      report.problems.push_back(problem_of(result, spec.plugin));
    report.runs.push_back(std::move(result));
  }
}

// Runs what was chosen; checks that need others of them only after these, and not at all where one
// of these turns out to be down. A check that was asked for by name runs in any case.
awaitable<void> run_chosen(TickContext& context, const Start& start, std::vector<std::size_t> left,
                           bool is_by_name, TickReport& report) {
  const std::vector<Needer> all = needers(context);
  RowsByCheck rows = start.rows;
  while (!left.empty()) {
    std::vector<std::size_t> wave;
    for (const auto index : left) {
      const bool has_to_wait = std::any_of(left.begin(), left.end(), [&](std::size_t other) {
        const auto later = needers_of(all, all[other].id);
        return std::find(later.begin(), later.end(), all[index].id) != later.end();
      });
      if (!has_to_wait) wave.push_back(index);
    }
    const std::size_t done = report.runs.size();
    co_await run_checks(context, start, wave, report);
    for (std::size_t i = done; i < report.runs.size(); ++i) {
      const CheckRun& run = report.runs[i].run;
      rows[run.check] = row_after(rows[run.check], run);
    }
    const auto waiting = find_waiting(all, rows);
    std::erase_if(left, [&](std::size_t index) {
      const bool has_run = std::find(wave.begin(), wave.end(), index) != wave.end();
      return has_run || (!is_by_name && waiting.contains(all[index].id));
    });
  }
}

awaitable<Result<std::vector<AlertChanges>>> fold_all(TickContext& context, Start& start,
                                                      const TickReport& report) {
  CHELA_CO_TRY(std::vector<AlertChanges> changes, host_changes(context, start));
  for (const auto& result : report.runs) {
    const std::string& check = result.run.check;
    Memory memory = memory_of(start, start.rows[check]);
    CHELA_CO_TRY(memory.seen, context.ledger.seen(check));
    CHELA_CO_TRY(memory.conditions, context.ledger.conditions(check));
    const CheckSpec* spec = find_check(context, check);
    AlertChanges change =
        fold(result.run, memory, spec == nullptr ? AlertPolicy() : spec->alerts, start.now);
    if (is_down(row_after(memory.before, result.run)))
      change.waiting = needers_of(needers(context), check);
    changes.push_back(std::move(change));
  }
  if (std::any_of(changes.begin(), changes.end(), matters))
    co_await refresh_tasks(context, start, changes);
  co_return changes;
}

}  // namespace

awaitable<Result<TickReport>> tick(TickContext& context, TickRequest request) {
  CHELA_CO_TRY(Start start, read_start(context));
  TickReport report;
  if (request.explain) {
    Policy policy = context.policy;
    if (request.all) policy.per_tick = 0;
    report.explanations = explain(start.now, start.plans, start.times, policy, context.zone);
  }
  CHELA_CO_TRY(const auto chosen, choose(context, request, start));
  if (request.dry_run) {
    for (const auto index : chosen) report.would_run.push_back(context.checks[index].plan.id);
    co_return report;
  }
  report.problems = start.synced.problems;
  co_await run_chosen(context, start, chosen, request.check.has_value(), report);
  CHELA_CO_TRY(const auto changes, co_await fold_all(context, start, report));

  const bool has_news = !report.runs.empty() || !start.synced.edits.empty() || !changes.empty();
  if (has_news) {
    CHELA_CO_TRY(record(context, start, changes, report));
    CHELA_CO_TRY(judge_plugins(context, start, report));
  }
  if (has_news || !start.snapshot.outbox.empty()) {
    const Say say = [&](const std::string& line) {
      const bool is_out = context.say(line);
      if (is_out) ++report.said;
      return is_out;
    };
    const auto outcome = co_await dispatch(context.ledger, context.backend, say, start.now);
    report.problems.insert(report.problems.end(), outcome.problems.begin(), outcome.problems.end());
  }
  if (has_news) {
    if (const auto written =
            write_times(context.state_file, start.synced, start.synced.times, context.ledger);
        !written) {
      report.problems.push_back(written.error().message);
    }
  }
  context.log.event(
      services::LogLevel::info, "tick.done",
      {{"ran", report.runs.size()}, {"said", report.said}, {"problems", report.problems.size()}});
  co_return report;
}

Result<Timestamp> next_due(TickContext& context, Timestamp now) {
  CHELA_TRY(const Start start, read_start(context));
  Timestamp next = next_due(now, start.plans, start.times, context.policy);
  for (const auto& row : start.snapshot.outbox)
    next = std::min(next, std::max(row.not_before, now));
  return next;
}

}  // namespace chela::heartbeat
