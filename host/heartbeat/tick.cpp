#include "heartbeat/tick.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/ids.h"
#include "base/text.h"
#include "heartbeat/choose.h"
#include "heartbeat/judge_plugin.h"
#include "heartbeat/needs.h"
#include "heartbeat/quarantine.h"
#include "heartbeat/rules.h"
#include "heartbeat/state_sync.h"
#include "heartbeat/tick_runs.h"
#include "heartbeat/wording.h"
#include "tasks/outbox.h"

namespace chela::heartbeat {
namespace {

using boost::asio::awaitable;

// What the ledger and the state file know at the start of a tick.
struct Start {
  Timestamp now;
  tasks::Snapshot snapshot;
  SyncedTimes synced;
  RowsByCheck rows;                     // edits applied
  Candidates candidates;                // parallel to context.checks
  std::set<std::string> open_tasks;     // by the ledger
  std::vector<tasks::TaskRow> adopted;  // of an earlier ledger, see adopt_tasks
};

Result<Start> read_start(TickContext& context) {
  Start start;
  start.now = context.clock.now();
  CHELA_TRY(start.snapshot, context.ledger.load());
  CHELA_TRY(const auto quarantines, context.ledger.quarantines());
  for (const auto& row : quarantines) start.candidates.quarantines[row.plugin] = row;
  start.synced = read_times(context.state_file, context.old_state_file, start.snapshot, start.now);
  for (const auto& row : start.snapshot.checks) start.rows[row.check] = row;
  for (const auto& task : start.snapshot.tasks)
    if (!task.closed) start.open_tasks.insert(task.id);

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
    const auto quarantine = start.candidates.quarantines.find(check.plugin);
    if (quarantine != start.candidates.quarantines.end())
      plan.paused_until = trial_at(quarantine->second, start.now);
    start.candidates.plans.push_back(std::move(plan));
    start.candidates.plugins.push_back(check.plugin);
    start.candidates.needs.push_back(check.needs);
    const auto times = start.synced.times.find(check.plan.id);
    start.candidates.times.push_back(times == start.synced.times.end() ? CheckTimes{}
                                                                       : times->second);
    start.rows[check.plan.id].check = check.plan.id;
    if (context.runs != nullptr && context.runs->is_under_way(check.plan.id))
      start.candidates.under_way.insert(check.plan.id);
  }
  return start;
}

// What the request asks for, in positions of context.checks.
Result<Wish> wish_of(const TickContext& context, const TickRequest& request) {
  if (!request.check) return Wish{request.all, std::nullopt};
  std::vector<std::string> known;
  for (std::size_t i = 0; i < context.checks.size(); ++i) {
    known.push_back(context.checks[i].plan.id);
    if (known.back() == *request.check) return Wish{false, i};
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

// The host's own condition: what stands in the way of an instance.
CheckRun host_run(const std::vector<SetupProblem>& problems, Timestamp now) {
  CheckRun run;
  run.check = kHostCheck;
  run.started = now;
  run.report.status = tasks::CheckStatus::ok;
  for (const auto& problem : problems) {
    tasks::Finding finding;
    finding.key = problem.key;
    finding.severity = problem.severity;
    run.report.status = std::max(run.report.status, problem.severity == tasks::Severity::crit
                                                        ? tasks::CheckStatus::crit
                                                        : tasks::CheckStatus::warn);
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
  for (const auto& task : start.snapshot.tasks)
    if (!task.closed) known.insert(task.id);

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

// Where a task of ours is kept.
std::string backend_of(const TickContext& context, const tasks::TaskRow& task) {
  return task.backend.empty() ? context.task_backend : task.backend;
}

void learn_states(const TickContext& context, Start& start, const std::string& backend,
                  const json::array& list) {
  std::map<std::string, std::string> states;
  for (const auto& task : list) states[get_string(task, "id")] = get_string(task, "state");
  for (auto& task : start.snapshot.tasks) {
    if (task.closed || backend_of(context, task) != backend) continue;
    const auto found = states.find(task.id);
    const bool is_waiting =
        std::any_of(start.snapshot.outbox.begin(), start.snapshot.outbox.end(),
                    [&](const tasks::OutboxRow& row) { return row.task_id == task.id; });
    if (is_waiting) continue;  // not there yet
    task.state = found == states.end() ? "cancelled" : found->second;
    task.closed = task.state == "done" || task.state == "cancelled";
  }
}

// Learns from the backends which of our open tasks a person has closed or removed meanwhile, and
// which tasks for what opens now are there already.
awaitable<void> refresh_tasks(TickContext& context, Start& start,
                              const std::vector<AlertChanges>& changes) {
  std::set<tasks::AlertId> opened;
  for (const auto& change : changes) {
    for (const auto& one : change.opened) opened.insert({one.alert.check, one.alert.key});
  }
  std::set<std::string> backends;
  if (!opened.empty()) backends.insert(context.task_backend);
  for (const auto& task : start.snapshot.tasks) {
    if (!task.closed) backends.insert(backend_of(context, task));
  }
  for (const auto& backend : backends) {
    json::object request;
    const std::string target = backend == context.task_backend ? "" : backend;
    const auto reply = co_await context.backend(target, "list", std::move(request));
    // One that is turned off knows of no task any more.
    const bool is_off = !reply && reply.error().code == ErrorCode::not_found && !target.empty();
    const json::value none = json::array();
    const auto* list = is_off ? &none : reply ? find(*reply, "tasks") : nullptr;
    if (list == nullptr || !list->is_array()) continue;  // away: go on with what we know
    learn_states(context, start, backend, list->get_array());
    if (target.empty()) adopt_tasks(context, start, list->get_array(), opened);
  }
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

// Decides about the plugins that ran: who is put aside, who works again.
Result<Judge> judge_plugins(TickContext& context, const Start& start, TickReport& report) {
  Judge judge(context.ledger, start.now);
  for (const auto& result : report.runs) {
    if (result.reach != Reach::plugin) continue;
    const std::string& plugin = plugin_of(context, result.run.check);
    if (!result.fault && !start.candidates.quarantines.contains(plugin)) continue;
    const PluginRun run{result.run.started, result.fault};
    CHELA_TRY(judge.take(plugin, result.run.check, run));
  }
  report.problems.insert(report.problems.end(), judge.problems().begin(), judge.problems().end());
  return judge;
}

// A line for people about plugins that work again.
void owe_lifted(tasks::TickRecord& record, const std::vector<std::string>& lifted, Timestamp now) {
  if (lifted.empty()) return;
  json::array lines;
  for (const auto& text : lifted) {
    lines.push_back(json::object{{"severity", "info"},
                                 {"kind", "recovered"},
                                 {"check", std::string(kHostCheck)},
                                 {"key", ""},
                                 {"text", "[recovered] " + text}});
  }
  tasks::OutboxRow row;
  row.kind = tasks::OutboxKind::say;
  row.created_at = row.not_before = now;
  row.payload =
      json::serialize(json::object{{"message_id", base::random_id()}, {"lines", std::move(lines)}});
  record.outbox.push_back(std::move(row));
}

// Closes the tasks that a person closed or removed, as soon as no open alert names them any more.
// Until then it may come back: a line that was cut is pasted elsewhere, a box is unticked.
void close_forgotten(const Start& start, tasks::TickRecord& record) {
  const std::set<tasks::AlertId> over(record.recovered.begin(), record.recovered.end());
  std::set<std::string> named;
  for (const auto& alert : start.snapshot.alerts)
    if (!over.contains({alert.check, alert.key})) named.insert(alert.task_id);
  for (const auto& row : record.tasks) named.insert(row.id);
  for (const auto& task : start.snapshot.tasks) {
    if (!task.closed || named.contains(task.id) || !start.open_tasks.contains(task.id)) continue;
    record.tasks.push_back(task);
    record.tasks.back().updated_at = start.now;
  }
}

// Folds all runs into one transaction and commits it.
Result<void> record(TickContext& context, Start& start, const std::vector<AlertChanges>& changes,
                    const TickReport& report, const std::vector<std::string>& lifted) {
  Known known;
  known.alerts = start.snapshot.alerts;
  known.tasks = start.snapshot.tasks;
  known.task_backend = context.task_backend;
  Actions actions = decide(changes, known, start.now, [] { return base::random_id(); });
  tasks::TickRecord& record = actions.record;
  owe_lifted(record, lifted, start.now);
  record.tasks.insert(record.tasks.begin(), start.adopted.begin(), start.adopted.end());
  close_forgotten(start, record);

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

void add_once(std::vector<std::string>& lines, const std::string& line) {
  if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
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

// Not behind the door of those that fold: a task backend that hangs must not hold up checks. While
// another tick pays, one that nobody waits for leaves its rows to the next.
awaitable<void> pay_outbox(TickContext& context, Patience patience, const Say& say, Timestamp now,
                           TickReport& report) {
  std::optional<services::OneAtATime::Inside> inside;
  if (context.dispatching != nullptr) {
    if (patience == Patience::turn && !context.dispatching->is_free()) co_return;
    inside.emplace(co_await context.dispatching->enter());
  }
  const auto outcome = co_await dispatch(context.ledger, context.backend, say, now);
  report.problems.insert(report.problems.end(), outcome.problems.begin(), outcome.problems.end());
}

}  // namespace

awaitable<Result<TickReport>> tick(TickContext& context, TickRequest request) {
  CHELA_CO_TRY(Start start, read_start(context));
  TickReport report;
  if (request.explain) {
    Policy policy = context.policy;
    if (request.all) policy.per_tick = 0;
    report.explanations =
        explain(start.now, start.candidates.plans, start.candidates.times, policy, context.zone);
  }
  CHELA_CO_TRY(const Wish wish, wish_of(context, request));
  const Choice choice = choose(start.candidates, wish, start.now, context.policy);
  if (request.dry_run) {
    for (const auto index : choice.chosen)
      report.would_run.push_back(context.checks[index].plan.id);
    co_return report;
  }
  const Say say = [&](const std::string& line) {
    const bool is_out = context.say(line);
    if (is_out) ++report.said;
    return is_out;
  };
  for (const auto& note : choice.notes) say(note);

  CheckRuns own;
  CheckRuns& runs = context.runs == nullptr ? own : *context.runs;
  RunsOfTick ran = co_await run_chosen(context, runs, start.rows, start.now, choice.chosen,
                                       request.check.has_value(), request.patience);
  Leases leases(runs, ran.ended);
  std::optional<services::OneAtATime::Inside> inside;
  const bool is_alone = context.folding == nullptr || context.folding->is_free();
  if (context.folding != nullptr) inside.emplace(co_await context.folding->enter());
  // Meanwhile a person may have edited, and another tick have committed.
  report.problems = start.synced.problems;
  if (!choice.chosen.empty() || !is_alone) {
    CHELA_CO_TRY(start, read_start(context));
    for (const auto& problem : start.synced.problems) add_once(report.problems, problem);
  }
  report_runs(context, std::move(ran), request.patience, report);
  CHELA_CO_TRY(const auto changes, co_await fold_all(context, start, report));

  const bool has_news = !report.runs.empty() || !start.synced.edits.empty() || !changes.empty();
  if (has_news) {
    CHELA_CO_TRY(Judge judge, judge_plugins(context, start, report));
    CHELA_CO_TRY(record(context, start, changes, report, judge.lifted()));
    CHELA_CO_TRY(judge.apply());
  }
  leases.end();
  if (has_news) {
    if (const auto written =
            write_times(context.state_file, start.synced, start.synced.times, context.ledger);
        !written) {
      report.problems.push_back(written.error().message);
    }
  }
  inside.reset();
  if (has_news || !start.snapshot.outbox.empty())
    co_await pay_outbox(context, request.patience, say, start.now, report);
  context.log.event(
      services::LogLevel::info, "tick.done",
      {{"ran", report.runs.size()}, {"said", report.said}, {"problems", report.problems.size()}});
  co_return report;
}

Result<Outlook> outlook(TickContext& context, Timestamp now) {
  CHELA_TRY(const Start start, read_start(context));
  const NextCheck next = next_check(start.candidates, now, context.policy);
  Outlook outlook{next.at, next.check, kNever, start.snapshot.alerts.size()};
  if (const auto owed = tasks::next_sendable(start.snapshot.outbox, now)) outlook.outbox_at = *owed;
  return outlook;
}

}  // namespace chela::heartbeat
