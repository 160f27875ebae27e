// The page of `chela status`: 80 columns, what needs somebody first where it is short.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/text.h"
#include "cli/alert_json.h"
#include "cli/output.h"
#include "cli/status_view.h"
#include "heartbeat/quarantine.h"
#include "heartbeat/wording.h"

namespace chela::cli {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kMostAlerts = 10;
constexpr std::size_t kHistoryCells = 20;

// "45 s", "12 m", "3 h", "2 d": the largest unit alone.
std::string brief(Duration span) {
  using namespace std::chrono;
  const auto seconds_in = duration_cast<seconds>(span).count();
  if (seconds_in < 60) return std::to_string(std::max<long>(0, seconds_in)) + " s";
  if (seconds_in < 3600) return std::to_string(seconds_in / 60) + " m";
  if (seconds_in < 2 * 86400) return std::to_string(seconds_in / 3600) + " h";
  return std::to_string(seconds_in / 86400) + " d";
}

Tone tone_of(const std::string& state) {
  if (state == "ok") return Tone::good;
  if (state == "warn" || state == "unknown" || state == "failing" || state == "waits")
    return Tone::warn;
  return state == "new" ? Tone::dim : Tone::bad;
}

std::string padded(const std::string& text, std::size_t columns) {
  const std::size_t wide = columns_of(text);
  return wide >= columns ? text : text + std::string(columns - wide, ' ');
}

std::string last_look(const CheckView& check, Timestamp now) {
  if (check.last_ok) return brief(now - *check.last_ok) + " ago";
  return check.row != nullptr && check.row->last_attempt ? "none yet" : "never";
}

std::string check_line(const CheckView& check, Timestamp now, heartbeat::Glyphs glyphs) {
  const auto percent = check.history.uptime_percent();
  // 99.9 is not 100.
  const std::string up =
      percent ? std::to_string(static_cast<int>(std::floor(*percent))) + " %" : "-";
  const std::string next = !check.waits_for.empty() ? "-"
                           : check.next <= now      ? "now"
                                                    : "in " + brief(check.next - now);
  return padded(fitted(check.id, 18), 20) + tinted(tone_of(check.state), padded(check.state, 13)) +
         padded(last_look(check, now), 11) + padded(next, 9) + padded(up, 7) +
         heartbeat::sparkline(check.runs, kHistoryCells, glyphs);
}

std::string alert_line(const tasks::AlertRow& alert, const StatusView& view, Timestamp now) {
  const std::string marks = alert_marks(alert, muted(alert, view.snapshot.mutes), now);
  std::string text = "[" + std::string(tasks::to_string(alert.severity)) + "] " +
                     base::printable(heartbeat::finding_name(alert), 60) + ", " +
                     brief(now - alert.opened_at);
  if (!alert.task_id.empty()) text += ", task " + alert.task_id;
  if (!marks.empty()) text += " (" + marks + ")";
  return fitted(text + ": " + base::printable(alert.title, 200), kColumns);
}

void add_alerts(std::vector<std::string>& lines, const StatusView& view, Timestamp now) {
  auto alerts = view.snapshot.alerts;
  if (alerts.empty()) return;
  std::stable_sort(alerts.begin(), alerts.end(), [](const auto& a, const auto& b) {
    return a.severity != b.severity ? a.severity > b.severity : a.needs_human && !b.needs_human;
  });
  lines.emplace_back();
  for (std::size_t i = 0; i < std::min(alerts.size(), kMostAlerts); ++i) {
    const Tone tone = alerts[i].severity == tasks::Severity::crit ? Tone::bad : Tone::warn;
    lines.push_back(tinted(tone, alert_line(alerts[i], view, now)));
  }
  if (alerts.size() > kMostAlerts)
    lines.push_back("and " + std::to_string(alerts.size() - kMostAlerts) +
                    " more (chela alert list)");
}

std::string undelivered_line(const NotifierView& notifier, Timestamp now) {
  std::string text = notifier.id + ": " + std::to_string(notifier.waiting) +
                     (notifier.waiting == 1 ? " message" : " messages") + " not sent";
  if (notifier.since) text += " for " + brief(now - *notifier.since);
  return text + (notifier.problem.empty() ? "" : ": " + notifier.problem);
}

void add_troubles(std::vector<std::string>& lines, const StatusView& view, Timestamp now) {
  const auto add = [&](Tone tone, const std::string& text) {
    lines.push_back(tinted(tone, fitted(base::printable(text, 400), kColumns)));
  };
  for (const auto& check : view.checks) {
    if (check.state == "ok" || check.state == "new" || check.summary.empty()) continue;
    add(tone_of(check.state), check.id + ": " + check.summary);
  }
  for (const auto& row : view.quarantines) {
    const auto trial = heartbeat::trial_at(row, now);
    add(Tone::bad, row.plugin + " is quarantined, next trial " +
                       (trial <= now ? "now" : "in " + brief(trial - now)) + ": " + row.reason);
  }
  for (const auto& fault : view.faults) {
    add(Tone::warn, fault.plugin + ": " + std::to_string(fault.count) +
                        (fault.count == 1 ? " fault" : " faults") + " in 24 h, the last " +
                        brief(now - fault.newest.at) + " ago: " + fault.newest.what);
  }
  for (const auto& notifier : view.notifiers) {
    if (notifier.waiting > 0) add(Tone::bad, undelivered_line(notifier, now));
  }
  for (const auto& problem : view.problems) add(Tone::bad, problem);
}

std::string counts_line(const StatusView& view) {
  const auto& snapshot = view.snapshot;
  const auto open = std::count_if(snapshot.tasks.begin(), snapshot.tasks.end(),
                                  [](const tasks::TaskRow& task) { return !task.closed; });
  const auto for_you =
      std::count_if(snapshot.alerts.begin(), snapshot.alerts.end(),
                    [](const tasks::AlertRow& alert) { return alert.needs_human; });
  std::string text = std::to_string(snapshot.alerts.size()) + " open alerts";
  if (for_you > 0) text += " (" + std::to_string(for_you) + " for you)";
  return text + ", " + std::to_string(open) + " open tasks of chela's, " +
         std::to_string(snapshot.outbox.size()) + " waiting in the outbox";
}

// "confined by rlimits, landlock (ABI 7), seccomp"
std::string confinement_line(const json::value& enforced) {
  const auto* layers = find(enforced, "layers");
  if (layers == nullptr || !layers->is_object()) return "no worker has run here yet";
  std::string on, off;
  for (const auto& [name, value] : layers->get_object()) {
    const bool is_on = value.is_bool() && value.get_bool();
    std::string& list = is_on ? on : off;
    list += (list.empty() ? "" : ", ") + std::string(name);
    if (is_on && name == "landlock")
      list += " (ABI " + std::to_string(get_int(enforced, "landlock_abi")) + ")";
  }
  return "confined by " + (on.empty() ? "nothing" : on) +
         (off.empty() ? "" : "; not in force: " + off);
}

std::string notifiers_line(const StatusView& view) {
  if (view.notifiers.empty())
    return tinted(Tone::warn,
                  "alerts     reach nobody: no notifier is on (chela enable notify.ntfy)");
  std::string text = "alerts     go to ";
  for (const auto& notifier : view.notifiers)
    text += (&notifier == &view.notifiers.front() ? "" : ", ") + notifier.id;
  return fitted(text, kColumns);
}

std::string mirror_line(const MirrorView& mirror, const StatusView& view, Timestamp now) {
  std::string text = "mirror     " + mirror.id + ": ";
  if (mirror.state.failures > 0) {
    text += "not kept like " + view.task_source;
    if (mirror.state.failing_since) text += " for " + brief(now - *mirror.state.failing_since);
    text += ": " + mirror.state.problem;
  } else if (mirror.state.last_ok) {
    text += std::to_string(mirror.state.pairs) + " tasks like " + view.task_source + ", " +
            brief(now - *mirror.state.last_ok) + " ago";
  } else {
    text += "not compared with " + view.task_source + " yet";
  }
  return tinted(mirror.state.failures > 0 ? Tone::warn : Tone::plain,
                fitted(base::printable(text, 400), kColumns));
}

}  // namespace

std::vector<std::string> status_lines(const StatusView& view, Timestamp now,
                                      heartbeat::Glyphs glyphs) {
  std::vector<std::string> lines;
  lines.push_back(fitted("workspace  " + base::printable(view.workspace, 400), kColumns));
  lines.push_back("heartbeat  " +
                  (view.daemon_pid
                       ? "running (pid " + std::to_string(*view.daemon_pid) + ")"
                       : "not running (chela run keeps it going; chela tick beats once)"));
  lines.push_back(fitted("plugins    " + confinement_line(view.enforced), kColumns));
  lines.push_back(notifiers_line(view));
  for (const auto& mirror : view.mirrors) lines.push_back(mirror_line(mirror, view, now));
  lines.emplace_back();
  lines.push_back(tinted(Tone::dim, padded("CHECK", 20) + padded("STATE", 13) +
                                        padded("LAST LOOK", 11) + padded("NEXT", 9) +
                                        padded("UP", 7) + "HISTORY"));
  for (const auto& check : view.checks) lines.push_back(check_line(check, now, glyphs));
  if (view.checks.empty()) lines.emplace_back("no check is on (chela enable turns one on)");
  add_alerts(lines, view, now);
  const auto before = lines.size();
  add_troubles(lines, view, now);
  if (lines.size() != before) lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(before), "");
  lines.emplace_back();
  lines.push_back(counts_line(view));
  const bool is_well = lines.size() == before + 2 && view.snapshot.alerts.empty();
  const bool has_looked = std::any_of(
      view.checks.begin(), view.checks.end(),
      [](const CheckView& check) { return check.row != nullptr && check.row->last_attempt; });
  if (is_well && has_looked) lines.emplace_back(tinted(Tone::good, "all is well"));
  if (is_well && !has_looked && !view.checks.empty())
    lines.emplace_back("nothing has been looked at yet (chela tick --all)");
  return lines;
}

}  // namespace chela::cli
