#include "sheet.h"

#include <algorithm>

namespace trading {
namespace {

std::string kind_of(const std::string& key) {
  return key.substr(0, key.find(':'));
}

// All titles may hold words of the service: symbols, reasons.
chela::Finding finding_of(const Line& line, const std::string& prefix) {
  const std::string title = prefix + line.title;
  chela::Finding finding = line.lasting == Lasting::event ? chela::event(line.key, title)
                                                          : chela::condition(line.key, title);
  if (line.severity == Severity::info) finding.info();
  if (line.severity == Severity::crit) finding.crit().needs_human();
  if (!line.detail.empty()) finding.detail(line.detail);
  finding.untrusted();
  return finding;
}

std::string stale_line(const std::string& name, const Ledger::Entry& entry, Timestamp now) {
  const std::string age =
      entry.document.is_null()
          ? "there are no numbers at all"
          : "the numbers in use are " + chela::describe_duration(now - entry.taken) + " old";
  return name + ": since " + format_time(entry.missed_since) + "; " + age + "; " + entry.why;
}

}  // namespace

void Sheet::add(Line line) {
  worst_ = std::max(worst_, line.severity);
  const std::string kind = kind_of(line.key);
  const auto same = static_cast<std::size_t>(std::count_if(
      lines_.begin(), lines_.end(), [&](const Line& other) { return kind_of(other.key) == kind; }));
  if (same >= kMostOfAKind) {
    ++left_out_[kind];
    return;
  }
  lines_.push_back(std::move(line));
}

void Sheet::add_stale(const Ledger& ledger, Timestamp now) {
  std::map<std::string, std::string> notes;  // names by reason
  std::string names, detail;
  int misses = 0;
  for (const auto& name : ledger.stale()) {
    const auto& entry = *ledger.entry(name);
    if (entry.misses < Ledger::kTolerated) {
      std::string& together = notes[entry.why];
      together += (together.empty() ? "" : ", ") + name;
      continue;
    }
    misses = std::max(misses, entry.misses);
    names += (names.empty() ? "" : ", ") + name;
    detail += (detail.empty() ? "" : "\n") + stale_line(name, entry, now);
  }
  for (const auto& [why, together] : notes) note(together + " could not be read (" + why + ")");
  if (names.empty()) return;
  add({.key = "stale",
       .title = "could not be read " + std::to_string(misses) + " times in a row: " + names,
       .detail = detail});
}

bool Sheet::has(std::string_view key) const {
  return std::any_of(lines_.begin(), lines_.end(),
                     [&](const Line& line) { return line.key == key; });
}

chela::Report Sheet::report(const std::string& state) const {
  std::vector<Line> sorted = lines_;
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const Line& a, const Line& b) { return a.severity > b.severity; });
  std::string summary = prefix();
  const bool has_trouble = worst_ >= Severity::warn;
  summary += has_trouble ? sorted.front().title : state;
  const auto troubles = std::count_if(sorted.begin(), sorted.end(), [](const Line& line) {
    return line.severity >= Severity::warn;
  });
  if (troubles > 1) summary += " (and " + std::to_string(troubles - 1) + " more)";
  for (const auto& text : notes_) summary += "; " + text;
  chela::Report report = worst_ == Severity::crit   ? chela::Report::crit(summary)
                         : worst_ == Severity::warn ? chela::Report::warn(summary)
                                                    : chela::Report::ok(summary);
  for (const auto& line : sorted) report.add(finding_of(line, prefix()));
  for (const auto& [kind, count] : left_out_) {
    report.add(chela::condition(
        kind + ":more", prefix() + std::to_string(count) + " more of the kind '" + kind + "'"));
  }
  return report;
}

}  // namespace trading
