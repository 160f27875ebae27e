#include "heartbeat/wording.h"

#include <algorithm>

#include "base/text.h"

namespace chela::heartbeat {
namespace {

using tasks::AlertRow;

constexpr std::string_view kMarker = "chela-finding: ";
constexpr std::size_t kLineBytes = 600;
constexpr std::size_t kDetailBytes = 200;
constexpr std::size_t kTitlesInNotes = 50;
constexpr std::size_t kTitlesInLine = 5;

std::string marker_line(const AlertRow& alert) {
  return std::string(kMarker) + base::printable(finding_name(alert));
}

// Foreign lines lose their control characters and cannot pass for a marker of ours.
std::string quoted_detail(std::string_view detail) {
  std::string text;
  while (!detail.empty()) {
    const auto end = std::min(detail.find('\n'), detail.size());
    const auto line = base::printable(detail.substr(0, end), detail.size());
    text += (line.starts_with("chela-") ? " " : "") + line + "\n";
    detail.remove_prefix(std::min(end + 1, detail.size()));
  }
  return text;
}

std::string tag(tasks::Severity severity) {
  return "[" + std::string(to_string(severity)) + "] ";
}

// "system: disk nearly full"; a title that names its check is left alone.
std::string named(const std::string& check, const std::string& title) {
  return title.find(check) != std::string::npos ? title : check + ": " + title;
}

std::string task_suffix(const AlertRow& alert) {
  if (alert.task_id.empty()) return "";
  return " (task " + alert.task_id + (alert.needs_human ? ", needs you)" : ")");
}

std::string one_line(const std::string& text) {
  return base::printable(text, kLineBytes);
}

// The first line, behind a title.
std::string with_detail(const std::string& detail) {
  const auto line = base::printable(detail.substr(0, detail.find('\n')), kDetailBytes);
  return line.empty() ? "" : " (" + line + ")";
}

std::string with_url(const std::string& url) {
  return url.empty() ? "" : " " + url;
}

}  // namespace

std::string finding_name(const AlertRow& alert) {
  return alert.check + "/" + alert.key;
}

std::string task_notes(const AlertRow& alert) {
  std::string notes =
      marker_line(alert) + "\ncheck: " + alert.check + "\n" + quoted_detail(alert.detail);
  if (!alert.url.empty()) notes += base::printable(alert.url) + "\n";
  notes.pop_back();
  return notes;
}

std::string shared_task_notes(std::string_view why, const std::vector<const Opened*>& alerts) {
  std::string notes(why);
  for (std::size_t i = 0; i < alerts.size(); ++i) {
    const AlertRow& alert = alerts[i]->alert;
    if (i < kTitlesInNotes) {
      notes += "\n- " + tag(alert.severity) +
               one_line(named(alert.check, alert.title) + with_detail(alert.detail) +
                        with_url(alert.url));
    }
    notes += "\n" + marker_line(alert);
  }
  return notes;
}

std::string shared_task_title(std::string_view what, const std::vector<const Opened*>& alerts) {
  const AlertRow& worst = alerts.front()->alert;
  return std::to_string(alerts.size()) + " " + std::string(what) +
         ", worst: " + base::printable(named(worst.check, worst.title), 200);
}

std::string recovery_note(const Recovered& recovered, bool is_shared) {
  const auto lasted = describe_duration(recovered.lasted);
  std::string note = recovered.reason == "recovered"
                         ? "recovered after " + lasted
                         : recovered.reason + ", was open for " + lasted;
  if (is_shared) note += ": " + one_line(named(recovered.alert.check, recovered.alert.title));
  return note;
}

std::string opened_line(const AlertRow& alert, const std::vector<std::string>& waiting) {
  std::string who;
  for (std::size_t i = 0; i < std::min(waiting.size(), kTitlesInLine); ++i)
    who += (i == 0 ? "; " : ", ") + waiting[i];
  if (waiting.size() > kTitlesInLine)
    who += " and " + std::to_string(waiting.size() - kTitlesInLine) + " more";
  if (!who.empty()) who += waiting.size() == 1 ? " waits for it" : " wait for it";
  const std::string flapping = alert.is_flapping ? alert.check + ": flapping: " + alert.title
                                                 : named(alert.check, alert.title);
  return one_line(tag(alert.severity) + flapping + task_suffix(alert) + who + with_url(alert.url));
}

std::string reminder_line(const StillOpen& still) {
  const AlertRow& alert = still.alert;
  return one_line(tag(alert.severity) + alert.check + ": open for " +
                  describe_duration(still.open_for) + ": " + alert.title + task_suffix(alert) +
                  with_url(alert.url));
}

std::string flapping_line(const AlertRow& alert) {
  return one_line(tag(alert.severity) + alert.check +
                  ": flapping, said once until it is steady: " + alert.title + task_suffix(alert));
}

std::string worse_line(const AlertRow& alert) {
  return one_line(tag(alert.severity) + alert.check + ": worse: " + alert.title +
                  task_suffix(alert) + with_url(alert.url));
}

std::string event_line(const std::string& check, const tasks::Finding& event) {
  return one_line(tag(event.severity) + named(check, event.title) + with_url(event.url));
}

std::string recovered_line(const Recovered& recovered) {
  const auto& alert = recovered.alert;
  const bool is_plain = recovered.reason == "recovered";
  return one_line((is_plain ? "[recovered] " : "[closed] ") + named(alert.check, alert.title) +
                  (is_plain ? ", after " : ", " + recovered.reason + ", after ") +
                  describe_duration(recovered.lasted));
}

std::string baseline_line(const std::string& check, const std::vector<const Opened*>& alerts,
                          const std::string& task_id) {
  std::string line = tag(alerts.front()->alert.severity) + check + ": first run found " +
                     std::to_string(alerts.size()) + " conditions (task " + task_id + "): ";
  for (std::size_t i = 0; i < std::min(alerts.size(), kTitlesInLine); ++i) {
    line += (i == 0 ? "" : "; ") + base::printable(alerts[i]->alert.title, 80);
  }
  if (alerts.size() > kTitlesInLine) line += "; ...";
  return one_line(line);
}

std::vector<tasks::AlertId> findings_in(std::string_view notes) {
  std::vector<tasks::AlertId> ids;
  while (!notes.empty()) {
    std::string_view line = notes.substr(0, notes.find('\n'));
    notes.remove_prefix(std::min(line.size() + 1, notes.size()));
    if (!line.starts_with(kMarker)) continue;
    line.remove_prefix(kMarker.size());
    const auto slash = line.find('/');
    if (slash == std::string_view::npos) continue;
    ids.push_back({std::string(line.substr(0, slash)), std::string(line.substr(slash + 1))});
  }
  return ids;
}

}  // namespace chela::heartbeat
