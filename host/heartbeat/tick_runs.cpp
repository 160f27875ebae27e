#include "heartbeat/tick_runs.h"

#include <algorithm>

namespace chela::heartbeat {
namespace {

using boost::asio::awaitable;

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

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

}  // namespace

std::vector<Needer> needers(const TickContext& context) {
  std::vector<Needer> all;
  for (const auto& check : context.checks) all.push_back({check.plan.id, check.needs});
  return all;
}

const CheckSpec* find_check(const TickContext& context, std::string_view check) {
  const auto found = std::find_if(context.checks.begin(), context.checks.end(),
                                  [&](const CheckSpec& spec) { return spec.plan.id == check; });
  return found == context.checks.end() ? nullptr : &*found;
}

const std::string& plugin_of(const TickContext& context, const std::string& check) {
  static const std::string kNone;
  const CheckSpec* spec = find_check(context, check);
  return spec == nullptr ? kNone : spec->plugin;
}

awaitable<RunsOfTick> run_chosen(TickContext& context, CheckRuns& runs, RowsByCheck rows,
                                 Timestamp now, std::vector<std::size_t> left, bool is_by_name,
                                 Patience patience) {
  const std::vector<Needer> all = needers(context);
  const auto deadline = runs.deadline();
  const RowsByCheck before_all = rows;
  RunsOfTick out;
  do {  // once at least: others' results may be there
    std::vector<Job> wave;
    const auto before = left;
    std::erase_if(left, [&](std::size_t index) {
      const bool has_to_wait = std::any_of(before.begin(), before.end(), [&](std::size_t other) {
        const auto later = needers_of(all, all[other].id);
        return std::find(later.begin(), later.end(), all[index].id) != later.end();
      });
      if (has_to_wait) return false;
      const CheckSpec& spec = context.checks[index];
      wave.push_back({spec.plan.id, spec.plugin, before_all.find(spec.plan.id)->second});
      return true;
    });
    RunCheck run_check = context.run_check;
    RunsOfTick ran =
        co_await runs.run(std::move(wave), std::move(run_check), now, patience, deadline);
    for (const auto& result : ran.ended)
      rows[result.run.check] = row_after(rows[result.run.check], result.run);
    out.add(std::move(ran));
    const auto waiting = find_waiting(all, rows);
    const auto unknown = out.without_result();
    std::erase_if(left, [&](std::size_t index) {
      if (is_by_name) return false;
      if (waiting.contains(all[index].id)) return true;
      if (!needs_one_of(all, all[index].id, unknown)) return false;
      out.not_started.push_back(all[index].id);
      return true;
    });
  } while (!left.empty());
  co_return out;
}

void report_runs(TickContext& context, RunsOfTick ran, Patience patience, TickReport& report) {
  std::vector<std::string> without_worker;
  std::string why;
  for (const auto& result : ran.ended) {
    log_run(context.log, result);
    if (result.reach == Reach::machine) {
      without_worker.push_back(result.run.check);
      why = result.run.error;
    } else if (result.run.outcome != tasks::RunOutcome::ok) {
      report.problems.push_back(problem_of(result, plugin_of(context, result.run.check)));
    }
  }
  if (!without_worker.empty()) {
    report.problems.push_back("this machine could not start a worker for " +
                              joined(without_worker) + " (" + why +
                              "); it is not the plugin's fault and does not count as one");
  }
  if (!ran.not_started.empty()) {
    report.problems.push_back(joined(ran.not_started) +
                              ": not started, this tick had no time for it; still due");
  }
  if (!ran.dropped.empty())
    report.problems.push_back(joined(ran.dropped) + ": ended by chela before it came back");
  if (!ran.going_on.empty()) {
    context.log.event(services::LogLevel::info, "tick.goes_on_without",
                      {{"checks", joined(ran.going_on)}});
    if (patience != Patience::turn) {
      report.problems.push_back(joined(ran.going_on) +
                                ": still running; what it finds is said once it comes back");
    }
  }
  report.runs = std::move(ran.ended);
}

}  // namespace chela::heartbeat
