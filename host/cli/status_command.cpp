// `chela status`.
#include <algorithm>
#include <cstdio>

#include "app/control.h"
#include "base/text.h"
#include "cli/alert_json.h"
#include "cli/output.h"
#include "cli/session.h"
#include "heartbeat/quarantine.h"
#include "heartbeat/schedule.h"

namespace chela::cli {
namespace {

struct CheckLine {
  std::string id;
  std::string state;  // ok, warn, crit, unknown, failing, quarantined, new
  std::optional<Timestamp> last_ok;
  Timestamp next;
  std::string summary;
};

struct View {
  std::vector<CheckLine> checks;
  tasks::Snapshot snapshot;
  std::vector<tasks::QuarantineRow> quarantines;
  std::optional<std::int64_t> daemon_pid;
};

std::string state_of(const tasks::CheckRow* row, const tasks::QuarantineRow* quarantine) {
  if (quarantine != nullptr) return "quarantined";
  if (row == nullptr || !row->last_attempt) return "new";
  if (row->consecutive_failures > 0) return "failing";
  return row->last_status ? std::string(tasks::to_string(*row->last_status)) : "new";
}

template <class Row, class Same>
const Row* find_row(const std::vector<Row>& rows, Same same) {
  const auto found = std::find_if(rows.begin(), rows.end(), same);
  return found == rows.end() ? nullptr : &*found;
}

CheckLine check_line(const app::Engine& engine, const heartbeat::CheckSpec& spec, const View& view,
                     Timestamp now) {
  const auto* row = find_row(view.snapshot.checks,
                             [&](const tasks::CheckRow& r) { return r.check == spec.plan.id; });
  const auto* quarantine = find_row(
      view.quarantines, [&](const tasks::QuarantineRow& r) { return r.plugin == spec.plugin; });
  heartbeat::CheckPlan plan = spec.plan;
  if (quarantine != nullptr) plan.paused_until = heartbeat::trial_at(*quarantine, now);
  heartbeat::CheckTimes times;
  if (row != nullptr) times = {row->last_ok, row->last_attempt, row->consecutive_failures};
  CheckLine line;
  line.id = spec.plan.id;
  line.state = state_of(row, quarantine);
  line.last_ok = times.last_ok;
  line.next = heartbeat::due_time(now, plan, times, engine.policy().tick).at;
  if (plan.paused_until) line.next = std::max(line.next, *plan.paused_until);
  line.summary = quarantine != nullptr ? quarantine->reason
                 : row != nullptr      ? row->last_summary
                                       : "";
  return line;
}

Result<View> look(app::Engine& engine, Timestamp now) {
  View view;
  CHELA_TRY(view.snapshot, engine.ledger().load());
  CHELA_TRY(view.quarantines, engine.ledger().quarantines());
  for (const auto& spec : engine.checks())
    view.checks.push_back(check_line(engine, spec, view, now));
  const auto answer = app::ask_daemon(engine.setup().workspace_state_dir(), {{"command", "ping"}},
                                      std::chrono::seconds(2));
  if (answer) view.daemon_pid = get_int(*answer, "pid");
  return view;
}

Tone tone_of(const std::string& state) {
  if (state == "ok") return Tone::good;
  if (state == "warn" || state == "unknown" || state == "failing") return Tone::warn;
  return state == "new" ? Tone::dim : Tone::bad;
}

std::size_t open_tasks(const View& view) {
  return static_cast<std::size_t>(
      std::count_if(view.snapshot.tasks.begin(), view.snapshot.tasks.end(),
                    [](const tasks::TaskRow& task) { return !task.closed; }));
}

json::object status_json(const app::Engine& engine, const View& view) {
  json::array checks, alerts, quarantines, problems;
  for (const auto& check : view.checks) {
    json::object object{{"id", check.id},
                        {"state", check.state},
                        {"next", base::format_utc(check.next)},
                        {"summary", check.summary}};
    object["last_ok"] =
        check.last_ok ? json::value(base::format_utc(*check.last_ok)) : json::value();
    const auto* row = find_row(view.snapshot.checks,
                               [&](const tasks::CheckRow& r) { return r.check == check.id; });
    if (row != nullptr) object["metrics"] = parse_json(row->metrics).value_or(json::array());
    checks.push_back(std::move(object));
  }
  for (const auto& alert : view.snapshot.alerts)
    alerts.push_back(alert_json(alert, view.snapshot.mutes));
  for (const auto& row : view.quarantines) {
    quarantines.push_back(json::object{{"plugin", row.plugin},
                                       {"since", base::format_utc(row.since)},
                                       {"until", base::format_utc(row.until)},
                                       {"reason", row.reason}});
  }
  for (const auto& problem : engine.problems()) problems.emplace_back(problem.title);
  json::object status{{"workspace", engine.setup().workspace.path.string()},
                      {"checks", std::move(checks)},
                      {"alerts", std::move(alerts)},
                      {"quarantines", std::move(quarantines)},
                      {"problems", std::move(problems)},
                      {"open_tasks", open_tasks(view)},
                      {"outbox", view.snapshot.outbox.size()}};
  status["daemon_pid"] = view.daemon_pid ? json::value(*view.daemon_pid) : json::value();
  return status;
}

// Cells are cut so that a row fits 80 columns.
std::string cut(const std::string& text, std::size_t columns) {
  const std::string line = base::printable(text, 400);
  return line.size() <= columns ? line : base::printable(line, columns - 3);
}

void print_status(const app::Engine& engine, const View& view, Timestamp now) {
  std::printf("workspace  %s\n", engine.setup().workspace.path.c_str());
  std::printf("heartbeat  %s\n",
              view.daemon_pid ? ("running (pid " + std::to_string(*view.daemon_pid) + ")").c_str()
                              : "not running (chela run keeps it going; chela tick beats once)");
  std::vector<std::vector<std::string>> rows{{"CHECK", "STATE", "LAST", "NEXT", "SUMMARY"}};
  for (const auto& check : view.checks) {
    rows.push_back({check.id, check.state, check.last_ok ? ago(*check.last_ok, now) : "never",
                    in(check.next, now), cut(check.summary, 30)});
  }
  std::printf("\n");
  print_table(rows);
  for (const auto& check : view.checks) {
    if (check.state == "failing" || check.state == "crit") {
      std::printf("%s\n", tinted(tone_of(check.state), check.id + " is " + check.state).c_str());
    }
  }
  std::printf("\n%zu open alerts, %zu open tasks of chela's, %zu waiting in the outbox\n",
              view.snapshot.alerts.size(), open_tasks(view), view.snapshot.outbox.size());
  for (const auto& row : view.quarantines) {
    std::printf("%s\n", tinted(Tone::bad, row.plugin + " is quarantined, next trial " +
                                              in(heartbeat::trial_at(row, now), now) + ": " +
                                              base::printable(row.reason, 200))
                            .c_str());
  }
  for (const auto& problem : engine.problems())
    std::printf("%s\n", tinted(Tone::bad, problem.title).c_str());
}

}  // namespace

int run_status(const Global& global) {
  auto session = open_session(global);
  if (!session) return report(session.error());
  const Timestamp now = (*session)->clock.now();
  auto& engine = *(*session)->engine;
  const auto view = look(engine, now);
  if (!view) return report(view.error());
  if (global.json) {
    print_json(status_json(engine, *view));
  } else {
    print_status(engine, *view, now);
  }
  return kOk;
}

}  // namespace chela::cli
