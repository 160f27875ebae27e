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
  if (line.severity >= Severity::warn) ++troubles_;
  // Which of a kind are the worst is known in the end only; more than so many of one severity are
  // never shown.
  if (++counts_[{kind_of(line.key), line.severity}] > kMostOfAKind) {
    leave_out(left_out_, line);
  } else {
    lines_.push_back(std::move(line));
  }
}

void Sheet::leave_out(LeftOutByKind& left_out, const Line& line) {
  const std::string kind = kind_of(line.key);
  LeftOut& known = left_out[kind];
  if (++known.count == 1) known.first = line.key.substr(std::min(line.key.size(), kind.size() + 1));
  known.worst = std::max(known.worst, line.severity);
  if (line.lasting == Lasting::condition) known.lasting = Lasting::condition;
}

void Sheet::add_stale(const Ledger& ledger, Timestamp now) {
  std::map<std::string, std::string> notes;  // names by reason
  std::string names, detail;
  int misses = 0;
  for (const auto& name : ledger.stale()) {
    const auto& entry = *ledger.entry(name);
    const bool is_known = entry.is_refused && has("access");
    if (entry.misses < Ledger::kTolerated) {
      if (is_known) continue;
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
  if (troubles_ > 1) summary += " (and " + std::to_string(troubles_ - 1) + " more)";
  for (const auto& text : notes_) summary += "; " + text;
  chela::Report report = worst_ == Severity::crit   ? chela::Report::crit(summary)
                         : worst_ == Severity::warn ? chela::Report::warn(summary)
                                                    : chela::Report::ok(summary);
  LeftOutByKind left_out = left_out_;
  std::map<std::string, std::size_t> shown;
  for (const auto& line : sorted) {
    if (++shown[kind_of(line.key)] > kMostOfAKind) {
      leave_out(left_out, line);
    } else {
      report.add(finding_of(line, prefix()));
    }
  }
  for (const auto& [kind, rest] : left_out) {
    // An event's key is said once for good, so each time has one of its own.
    const bool is_event = rest.lasting == Lasting::event;
    report.add(finding_of({.key = kind + ":more" + (is_event ? "@" + rest.first : ""),
                           .severity = rest.worst,
                           .title = std::to_string(rest.count) + " more of the kind '" + kind + "'",
                           .lasting = rest.lasting},
                          prefix()));
  }
  return report;
}

}  // namespace trading
