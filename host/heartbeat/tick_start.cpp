#include "heartbeat/tick_start.h"

#include "base/text.h"
#include "heartbeat/quarantine.h"
#include "heartbeat/tick_runs.h"

namespace chela::heartbeat {

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

}  // namespace chela::heartbeat
