#include "round.h"

#include "words.h"

namespace check_system {

namespace json = chela::json;
using chela::Finding;

void Round::say(const std::string& text) {
  summary += (summary.empty() ? "" : "; ") + text;
}

void Round::add(const Finding& finding) {
  report.add(finding);
  has_warning = true;
  has_crit = has_crit || chela::get_string(finding.value(), "severity") == "crit";
}

void Round::keep(std::string_view name) {
  if (const auto* member = chela::find(cursor, name)) state[name] = *member;
}

void Round::take(const std::string& part, const Outcome& outcome) {
  if (!outcome.cannot_tell.empty()) return repeat(part, outcome.cannot_tell);
  ++told;
  if (!outcome.summary.empty()) say(outcome.summary);
  json::array findings;
  for (const auto& finding : outcome.findings) {
    add(finding);
    findings.push_back(finding.value());
  }
  if (!findings.empty()) last[part] = json::object{{"at_ms", now_ms}, {"findings", findings}};
}

void Round::repeat(const std::string& part, const std::string& why) {
  const std::string sentence = "cannot tell: " + why;
  if (summary.find(sentence) == std::string::npos) say(sentence);
  const auto* kept = chela::find(cursor, "last");
  const auto* entry = kept == nullptr ? nullptr : chela::find(*kept, part);
  const auto* findings = entry == nullptr ? nullptr : chela::find(*entry, "findings");
  if (findings == nullptr || !findings->is_array()) return;
  last[part] = *entry;
  const std::string mark = " (last seen " + moment(chela::get_int(*entry, "at_ms")) + ")";
  for (const auto& finding : findings->get_array()) {
    Finding again = chela::condition(chela::get_string(finding, "key"),
                                     chela::get_string(finding, "title") + mark);
    again.detail(chela::get_string(finding, "detail") + "\nCannot be looked at now: " + why);
    if (chela::get_string(finding, "severity") == "crit") again.crit();
    if (chela::get_bool(finding, "needs_human")) again.needs_human();
    add(again);
  }
}

chela::Report Round::finish() && {
  report.set_summary(summary);
  state["v"] = 1;
  state["last"] = std::move(last);
  report.set_cursor(std::move(state));
  report.set_status(told == 0 ? "unknown" : has_crit ? "crit" : has_warning ? "warn" : "ok");
  return std::move(report);
}

}  // namespace check_system
