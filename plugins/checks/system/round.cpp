#include "round.h"

#include <algorithm>

#include "words.h"

namespace check_system {

namespace json = chela::json;
using chela::Finding;

namespace {

constexpr auto kAll = static_cast<std::size_t>(-1);
constexpr std::size_t kMostRepeated = 21;  // so that what is kept does not grow from run to run

}  // namespace

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

const json::value* Round::last_of(const std::string& part) const {
  const auto* parts = chela::find(cursor, "last");
  const auto* entry = parts == nullptr ? nullptr : chela::find(*parts, part);
  const auto* findings = entry == nullptr ? nullptr : chela::find(*entry, "findings");
  return findings == nullptr || !findings->is_array() ? nullptr : entry;
}

void Round::take(const std::string& part, const Outcome& outcome, const std::string& why_not_all) {
  const auto* entry = last_of(part);
  if (!outcome.cannot_tell.empty()) {
    say_cannot_tell(outcome.cannot_tell);
    if (entry == nullptr) return;
    repeat(*entry, outcome.cannot_tell, {}, kAll);
    last[part] = *entry;
    return;
  }
  ++told;
  if (!outcome.summary.empty()) say(outcome.summary);
  json::array findings;
  for (const auto& finding : outcome.findings) {
    add(finding);
    findings.push_back(finding.value());
  }
  if (!why_not_all.empty()) {
    say_cannot_tell(why_not_all);
    if (entry != nullptr) {
      for (auto& finding : repeat(*entry, why_not_all, findings, kMostRepeated))
        findings.push_back(std::move(finding));
    }
  }
  if (!findings.empty())
    last[part] = json::object{{"at_ms", now_ms}, {"findings", std::move(findings)}};
}

void Round::say_cannot_tell(const std::string& why) {
  const std::string sentence = "cannot tell: " + why;
  if (summary.find(sentence) == std::string::npos) say(sentence);
}

json::array Round::repeat(const json::value& entry, const std::string& why, const json::array& seen,
                          std::size_t most) {
  json::array kept;
  for (const auto& finding : chela::find(entry, "findings")->get_array()) {
    const std::string key = chela::get_string(finding, "key");
    const bool is_seen = std::any_of(seen.begin(), seen.end(), [&](const auto& other) {
      return chela::get_string(other, "key") == key;
    });
    if (!finding.is_object() || is_seen || kept.size() == most) continue;
    const auto at_ms = chela::get_int(finding, "at_ms", chela::get_int(entry, "at_ms"));
    Finding again = chela::condition(
        key, chela::get_string(finding, "title") + " (last seen " + moment(at_ms) + ")");
    again.detail(chela::get_string(finding, "detail") + "\nCannot be looked at now: " + why);
    if (chela::get_string(finding, "severity") == "crit") again.crit();
    if (chela::get_bool(finding, "needs_human")) again.needs_human();
    add(again);
    json::object member = finding.get_object();
    member["at_ms"] = at_ms;
    kept.push_back(std::move(member));
  }
  return kept;
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
