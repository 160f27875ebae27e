#include "heartbeat/tick.h"

#include <algorithm>
#include <set>

#include "base/ids.h"
#include "heartbeat/judge_plugin.h"
#include "heartbeat/needs.h"
#include "heartbeat/rules.h"
#include "heartbeat/state_sync.h"
#include "heartbeat/tick_runs.h"
#include "heartbeat/tick_start.h"
#include "heartbeat/tick_tasks.h"
#include "tasks/outbox.h"

namespace chela::heartbeat {
namespace {

using boost::asio::awaitable;

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

// Lines for people about plugins that work again.
std::vector<SayLine> lifted_lines(const std::vector<std::string>& lifted) {
  std::vector<SayLine> lines;
  for (const auto& text : lifted) {
    lines.push_back({tasks::Severity::info,
                     SayKind::recovered,
                     std::string(kHostCheck),
                     "",
                     "[recovered] " + text,
                     {}});
  }
  return lines;
}

// Folds all runs into one transaction and commits it.
Result<void> record(TickContext& context, Start& start, const std::vector<AlertChanges>& changes,
                    const TickReport& report, const std::vector<std::string>& lifted) {
  Known known;
  known.alerts = start.snapshot.alerts;
  known.tasks = start.snapshot.tasks;
  known.task_backend = context.task_backend;
  known.notifiers = context.notifiers;
  known.outbox = start.snapshot.outbox;
  known.news = lifted_lines(lifted);
  Actions actions = decide(changes, known, start.now, [] { return base::random_id(); });
  tasks::TickRecord& record = actions.record;
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
  Outlets outlets{context.backend, say, context.notify};
  outlets.busy = context.sending;
  outlets.rows_are_paid = [&] { inside.reset(); };
  outlets.not_before = [&](const tasks::OutboxRow& row, Timestamp at) {
    for (const auto& rules : context.notifiers) {
      if (rules.id == row.target) return outside_quiet(rules, row, at);
    }
    return at;
  };
  const auto outcome = co_await dispatch(context.ledger, std::move(outlets), now);
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
    // What only looks must not make a file vanish unsaid.
    if (const auto& line = start.synced.set_aside) {
      context.log.event(services::LogLevel::warn, "state.set_aside", {{"what", *line}});
      report.problems.push_back(*line);
    }
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
  Outlook outlook{next.at, next.check, kNever, start.snapshot.alerts.size(),
                  start.synced.set_aside};
  if (const auto owed = tasks::next_sendable(start.snapshot.outbox, now)) outlook.outbox_at = *owed;
  return outlook;
}

}  // namespace chela::heartbeat
