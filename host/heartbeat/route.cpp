#include "heartbeat/route.h"

#include <algorithm>

#include "chela/json.h"
#include "heartbeat/message.h"

namespace chela::heartbeat {
namespace {

bool has(const std::vector<std::string>& patterns, const std::string& id) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    if (!pattern.ends_with('*')) return pattern == id;
    return id.starts_with(std::string_view(pattern).substr(0, pattern.size() - 1));
  });
}

bool is_wanted(const NotifierRules& rules, const SayLine& line) {
  if (!rules.checks.empty() && !has(rules.checks, line.check)) return false;
  if (has(rules.except, line.check)) return false;
  // Who was told that something is wrong is told that it is over: a recovery has no severity of its
  // own.
  if (line.kind == SayKind::recovered)
    return rules.wants_recovered && line.worst >= rules.least && line.last_said >= rules.since;
  return line.severity >= rules.least;
}

}  // namespace

std::optional<Timestamp> send_at(const NotifierRules& rules, const SayLine& line, Timestamp now) {
  if (!is_wanted(rules, line)) return std::nullopt;
  Timestamp at = std::max(now, line.not_before.value_or(now));
  if (line.severity < tasks::Severity::crit) at += rules.digest;
  if (!rules.quiet || !is_open(*rules.quiet, at)) return at;
  const bool breaks_in =
      rules.quiet_except && line.kind != SayKind::recovered && line.severity >= *rules.quiet_except;
  return breaks_in ? at : occurrence(*rules.quiet, at).end;
}

Timestamp outside_quiet(const NotifierRules& rules, const tasks::OutboxRow& row, Timestamp at) {
  if (!rules.quiet || !is_open(*rules.quiet, at)) return at;
  const auto payload = parse_json(row.payload);
  const auto* lines = payload ? find(*payload, "lines") : nullptr;
  if (lines != nullptr && lines->is_array() && rules.quiet_except) {
    for (const auto& line : latest_of(lines->get_array())) {
      const std::string severity = get_string(line, "severity");
      const bool is_over = get_string(line, "kind") == "recovered";
      const auto level = severity == "crit"   ? tasks::Severity::crit
                         : severity == "warn" ? tasks::Severity::warn
                                              : tasks::Severity::info;
      if (!is_over && level >= *rules.quiet_except) return at;
    }
  }
  return occurrence(*rules.quiet, at).end;
}

}  // namespace chela::heartbeat
