#include "cli/status_view.h"

#include <algorithm>
#include <map>

#include "app/control.h"
#include "cli/alert_json.h"
#include "heartbeat/needs.h"
#include "heartbeat/quarantine.h"

namespace chela::cli {
namespace {

template <class Row, class Same>
const Row* find_row(const std::vector<Row>& rows, Same same) {
  const auto found = std::find_if(rows.begin(), rows.end(), same);
  return found == rows.end() ? nullptr : &*found;
}

std::string state_of(const tasks::CheckRow* row, const tasks::QuarantineRow* quarantine,
                     bool is_waiting) {
  if (quarantine != nullptr) return "quarantined";
  if (is_waiting) return "waits";
  if (row == nullptr || !row->last_attempt) return "new";
  if (row->consecutive_failures > 0) return "failing";
  return row->last_status ? std::string(tasks::to_string(*row->last_status)) : "new";
}

Result<CheckView> check_view(app::Engine& engine, const heartbeat::CheckSpec& spec,
                             const StatusView& view, const std::string& waits_for, Timestamp now) {
  CheckView check;
  check.id = spec.plan.id;
  check.row = find_row(view.snapshot.checks,
                       [&](const tasks::CheckRow& r) { return r.check == spec.plan.id; });
  const auto* quarantine = find_row(
      view.quarantines, [&](const tasks::QuarantineRow& r) { return r.plugin == spec.plugin; });
  heartbeat::CheckPlan plan = spec.plan;
  plan.waits_for = check.waits_for = waits_for;
  if (quarantine != nullptr) plan.paused_until = heartbeat::trial_at(*quarantine, now);
  heartbeat::CheckTimes times;
  if (check.row != nullptr) {
    times = {check.row->last_ok, check.row->last_attempt, check.row->consecutive_failures};
    check.summary = check.row->last_summary;
  }
  check.state = state_of(check.row, quarantine, !waits_for.empty());
  check.last_ok = times.last_ok;
  check.next = heartbeat::due_time(now, plan, times, engine.policy().tick).at;
  if (plan.paused_until) check.next = std::max(check.next, *plan.paused_until);
  if (quarantine != nullptr) check.summary = quarantine->reason;
  if (!waits_for.empty()) check.summary = "not run while " + waits_for + " is down";
  CHELA_TRY(check.runs, engine.ledger().runs(check.id));
  check.history = heartbeat::history_of(check.runs);
  return check;
}

Result<std::vector<FaultCount>> recent_faults(app::Engine& engine, Timestamp now) {
  std::vector<std::string> plugins;
  for (const auto& instance : engine.setup().instances) plugins.push_back(instance.plugin);
  std::sort(plugins.begin(), plugins.end());
  plugins.erase(std::unique(plugins.begin(), plugins.end()), plugins.end());
  std::vector<FaultCount> counts;
  for (const auto& plugin : plugins) {
    CHELA_TRY(const auto rows, engine.ledger().faults_since(plugin, now - std::chrono::hours(24)));
    if (rows.empty()) continue;
    const auto newest = std::max_element(rows.begin(), rows.end(),
                                         [](const auto& a, const auto& b) { return a.at < b.at; });
    counts.push_back({plugin, rows.size(), *newest});
  }
  return counts;
}

json::object check_json(const CheckView& check) {
  json::array history;
  for (auto run = check.runs.rbegin(); run != check.runs.rend(); ++run) {
    const std::string_view status = run->outcome == tasks::RunOutcome::ok && run->status
                                        ? tasks::to_string(*run->status)
                                        : tasks::to_string(run->outcome);
    history.push_back(json::array{base::format_utc(run->started), status, run->duration.count()});
  }
  json::object object{{"id", check.id},
                      {"state", check.state},
                      {"next", nullptr},
                      {"last_ok", nullptr},
                      {"summary", check.summary},
                      {"waits_for", nullptr},
                      {"uptime_percent", nullptr},
                      {"since", nullptr},
                      {"history", std::move(history)}};
  if (check.waits_for.empty()) object["next"] = base::format_utc(check.next);
  if (!check.waits_for.empty()) object["waits_for"] = check.waits_for;
  if (check.last_ok) object["last_ok"] = base::format_utc(*check.last_ok);
  if (const auto percent = check.history.uptime_percent()) object["uptime_percent"] = *percent;
  if (check.history.since) object["since"] = base::format_utc(*check.history.since);
  if (check.row != nullptr) {
    object["missed_slots"] = check.row->missed_slots;
    object["metrics"] = parse_json(check.row->metrics).value_or(json::array());
  }
  return object;
}

json::object mirror_json(const MirrorView& mirror) {
  json::object object{{"id", mirror.id},
                      {"last_ok", nullptr},
                      {"pairs", mirror.state.pairs},
                      {"failures", mirror.state.failures},
                      {"failing_since", nullptr},
                      {"problem", mirror.state.problem}};
  if (mirror.state.last_ok) object["last_ok"] = base::format_utc(*mirror.state.last_ok);
  if (mirror.state.failing_since)
    object["failing_since"] = base::format_utc(*mirror.state.failing_since);
  return object;
}

// What waits for a quiet hour's end is in no trouble; what waits behind a message that could not be
// sent is.
NotifierView notifier_view(const std::string& id, const std::vector<tasks::OutboxRow>& outbox) {
  NotifierView view;
  view.id = id;
  for (const auto& row : outbox) {
    if (row.kind != tasks::OutboxKind::say || row.target != id) continue;
    if (row.attempts == 0 && !view.since) {
      ++view.held;
      continue;
    }
    if (!view.since) view.since = row.created_at;
    ++view.waiting;
    view.next = std::min(view.next.value_or(row.not_before), row.not_before);
    if (!row.last_error.empty()) view.problem = row.last_error;
  }
  return view;
}

json::object notifier_json(const NotifierView& notifier) {
  json::object object{{"id", notifier.id},     {"waiting", notifier.waiting},
                      {"held", notifier.held}, {"since", nullptr},
                      {"next", nullptr},       {"problem", notifier.problem}};
  if (notifier.since) object["since"] = base::format_utc(*notifier.since);
  if (notifier.next) object["next"] = base::format_utc(*notifier.next);
  return object;
}

}  // namespace

Result<void> look(app::Engine& engine, Timestamp now, StatusView& view) {
  CHELA_TRY(view.snapshot, engine.ledger().load());
  CHELA_TRY(view.quarantines, engine.ledger().quarantines());
  CHELA_TRY(view.faults, recent_faults(engine, now));
  view.workspace = engine.setup().workspace.path.string();
  for (const auto& problem : engine.problems()) view.problems.push_back(problem.title);
  view.task_source = engine.task_source();
  for (const auto& mirror : engine.mirrors()) view.mirrors.push_back({mirror.id, mirror.state});
  for (const auto& rules : engine.notifiers())
    view.notifiers.push_back(notifier_view(rules.id, view.snapshot.outbox));
  std::vector<heartbeat::Needer> needers;
  for (const auto& spec : engine.checks()) needers.push_back({spec.plan.id, spec.needs});
  heartbeat::RowsByCheck rows;
  for (const auto& row : view.snapshot.checks) rows[row.check] = row;
  auto waiting = heartbeat::find_waiting(needers, rows);
  for (const auto& spec : engine.checks()) {
    CHELA_TRY(auto check, check_view(engine, spec, view, waiting[spec.plan.id], now));
    view.checks.push_back(std::move(check));
  }
  CHELA_TRY(const auto enforced, engine.ledger().meta(app::kMetaEnforced));
  if (enforced) view.enforced = parse_json(*enforced).value_or(nullptr);
  const auto answer = app::ask_daemon(engine.setup().workspace_state_dir(), {{"command", "ping"}},
                                      std::chrono::seconds(2));
  if (answer) view.daemon_pid = get_int(*answer, "pid");
  return {};
}

json::object to_json(const StatusView& view) {
  json::array checks, alerts, quarantines, faults, problems;
  for (const auto& check : view.checks) checks.push_back(check_json(check));
  for (const auto& alert : view.snapshot.alerts)
    alerts.push_back(alert_json(alert, view.snapshot.mutes));
  for (const auto& row : view.quarantines) {
    quarantines.push_back(json::object{{"plugin", row.plugin},
                                       {"since", base::format_utc(row.since)},
                                       {"until", base::format_utc(row.until)},
                                       {"reason", row.reason}});
  }
  for (const auto& fault : view.faults) {
    faults.push_back(json::object{{"plugin", fault.plugin},
                                  {"count", fault.count},
                                  {"newest", base::format_utc(fault.newest.at)},
                                  {"what", fault.newest.what}});
  }
  for (const auto& problem : view.problems) problems.emplace_back(problem);
  json::array notifiers;
  for (const auto& notifier : view.notifiers) notifiers.push_back(notifier_json(notifier));
  json::array mirrors;
  for (const auto& mirror : view.mirrors) mirrors.push_back(mirror_json(mirror));
  std::map<std::string, int> by_state;
  std::size_t open = 0;
  for (const auto& task : view.snapshot.tasks) {
    if (task.closed) continue;
    ++open;
    ++by_state[task.state];
  }
  json::object tasks;
  for (const auto& [state, count] : by_state) tasks[state] = count;
  json::object status{{"workspace", view.workspace},
                      {"checks", std::move(checks)},
                      {"alerts", std::move(alerts)},
                      {"quarantines", std::move(quarantines)},
                      {"faults", std::move(faults)},
                      {"problems", std::move(problems)},
                      {"open_tasks", open},
                      {"tasks", std::move(tasks)},
                      {"outbox", view.snapshot.outbox.size()},
                      {"confinement", view.enforced},
                      {"task_source", view.task_source},
                      {"mirrors", std::move(mirrors)},
                      {"notifiers", std::move(notifiers)},
                      {"daemon_pid", nullptr}};
  if (view.daemon_pid) status["daemon_pid"] = *view.daemon_pid;
  return status;
}

}  // namespace chela::cli
