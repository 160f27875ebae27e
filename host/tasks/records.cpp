#include "tasks/records.h"

#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "chela/utf8.h"

namespace chela::tasks {
namespace {

constexpr std::size_t kMaxItems = 1000;
constexpr std::size_t kMaxKey = 200;
constexpr std::size_t kMaxTitle = 300;
constexpr std::size_t kMaxDetail = 4000;
constexpr std::size_t kMaxUrl = 2000;
constexpr std::size_t kMaxCursor = 256 * 1024;

enum class Need { required, optional };

std::string kind_name(const json::value& value, const services::RedactRules& rules) {
  if (value.is_string()) return "'" + base::printable(rules.redact(value.get_string()), 40) + "'";
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      return "an object";
    default:
      return "a number";
  }
}

tl::unexpected<Error> refuse(const std::string& where, std::string_view wanted,
                             const std::string& found) {
  return fail(ErrorCode::invalid_argument,
              "check report: " + where + ": wanted " + std::string(wanted) + ", found " + found);
}

// At most `max_bytes` bytes, cut between characters; what is cut ends in "...".
std::string cut(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  std::size_t end = max_bytes - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

std::string one_line(const std::string& text) {
  return cut(base::printable(text, text.size()), kMaxTitle);
}

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

// One object of the document and where it stands, for messages.
struct Place {
  const json::value& value;
  std::string where;
  const services::RedactRules& rules;

  std::string kind_of(const json::value& found) const { return kind_name(found, rules); }

  std::string path(std::string_view member) const {
    return where.empty() ? std::string(member) : where + "." + std::string(member);
  }

  Result<std::string> text(std::string_view member, Need need) const {
    const auto* found = find(value, member);
    if (found == nullptr && need == Need::optional) return std::string();
    if (found == nullptr) return refuse(path(member), "a string", "nothing");
    if (!found->is_string()) return refuse(path(member), "a string", kind_of(*found));
    return rules.redact(replace_invalid_utf8(found->get_string()));
  }

  // The index of the member's text within `words`.
  Result<std::size_t> one_of(std::string_view member, const std::vector<std::string>& words,
                             std::string_view wanted) const {
    CHELA_TRY(const auto word, text(member, Need::required));
    const auto at = std::find(words.begin(), words.end(), word);
    if (at == words.end()) {
      return refuse(path(member), wanted, "'" + base::printable(word, 40) + "'");
    }
    return static_cast<std::size_t>(at - words.begin());
  }

  Result<bool> flag(std::string_view member) const {
    const auto* found = find(value, member);
    if (found == nullptr) return false;
    if (!found->is_bool()) return refuse(path(member), "true or false", kind_of(*found));
    return found->get_bool();
  }

  // The member's items; an absent member has none.
  Result<const json::array*> list(std::string_view member) const {
    static const json::array kNone;
    const auto* found = find(value, member);
    if (found == nullptr) return &kNone;
    if (!found->is_array()) return refuse(path(member), "an array", kind_of(*found));
    if (found->get_array().size() > kMaxItems) {
      return fail(ErrorCode::resource_exhausted, "check report: " + path(member) +
                                                     ": wanted at most " +
                                                     std::to_string(kMaxItems) + " items, found " +
                                                     std::to_string(found->get_array().size()));
    }
    return &found->get_array();
  }
};

Result<std::string> parse_key(const Place& at) {
  CHELA_TRY(auto key, at.text("key", Need::required));
  if (key.empty()) return refuse(at.path("key"), "a stable key", "an empty string");
  if (key.size() > kMaxKey) {
    return refuse(at.path("key"), "at most 200 bytes", std::to_string(key.size()) + " bytes");
  }
  if (has_control_characters(key)) {
    return refuse(at.path("key"), "text without control characters",
                  "'" + base::printable(key, 40) + "'");
  }
  if (key.starts_with("chela:")) {
    return refuse(at.path("key"), "a key outside 'chela:', which is the host's own",
                  "'" + base::printable(key, 40) + "'");
  }
  return key;
}

Result<std::optional<SuggestedTask>> parse_task(const Place& at) {
  const auto* found = find(at.value, "task");
  if (found == nullptr) return std::optional<SuggestedTask>();
  if (!found->is_object()) return refuse(at.path("task"), "an object", at.kind_of(*found));
  const Place task{*found, at.path("task"), at.rules};
  SuggestedTask suggested;
  CHELA_TRY(const auto title, task.text("title", Need::optional));
  suggested.title = one_line(title);
  if (find(*found, "priority") != nullptr) {
    static const std::vector<std::string> kPriorities{"high", "medium", "low"};
    CHELA_TRY(const auto index, task.one_of("priority", kPriorities, "high, medium or low"));
    suggested.priority = kPriorities[index];
  }
  return std::optional<SuggestedTask>(std::move(suggested));
}

Result<Finding> parse_finding(const Place& at) {
  if (!at.value.is_object()) return refuse(at.where, "an object", at.kind_of(at.value));
  Finding finding;
  CHELA_TRY(finding.key, parse_key(at));
  CHELA_TRY(const auto cls, at.one_of("class", {"event", "condition"}, "event or condition"));
  finding.cls = static_cast<FindingClass>(cls);
  CHELA_TRY(const auto level,
            at.one_of("severity", {"info", "warn", "crit"}, "info, warn or crit"));
  finding.severity = static_cast<Severity>(level);
  CHELA_TRY(const auto title, at.text("title", Need::required));
  finding.title = one_line(title);
  if (finding.title.find_first_not_of(' ') == std::string::npos) {
    return refuse(at.path("title"), "a title", "an empty string");
  }
  CHELA_TRY(const auto detail, at.text("detail", Need::optional));
  finding.detail = cut(detail, kMaxDetail);
  CHELA_TRY(finding.url, at.text("url", Need::optional));
  if (finding.url.size() > kMaxUrl || has_control_characters(finding.url)) {
    return refuse(at.path("url"), "one line of at most 2,000 bytes",
                  std::to_string(finding.url.size()) + " bytes");
  }
  CHELA_TRY(finding.needs_human, at.flag("needs_human"));
  CHELA_TRY(finding.task, parse_task(at));
  return finding;
}

// The same key twice in one report is one thing seen twice: the worse severity, both details.
void merge(Finding& into, const Finding& other) {
  into.severity = std::max(into.severity, other.severity);
  into.cls = std::max(into.cls, other.cls);
  into.needs_human = into.needs_human || other.needs_human;
  if (!other.detail.empty() && other.detail != into.detail) {
    into.detail += into.detail.empty() ? other.detail : "\n" + other.detail;
    into.detail = cut(into.detail, kMaxDetail);
  }
  if (into.url.empty()) into.url = other.url;
  if (!into.task) into.task = other.task;
}

Result<std::vector<Finding>> parse_findings(const Place& report) {
  CHELA_TRY(const auto* items, report.list("findings"));
  std::vector<Finding> findings;
  std::unordered_map<std::string, std::size_t> place_of;
  for (std::size_t i = 0; i < items->size(); ++i) {
    CHELA_TRY(auto finding,
              parse_finding({(*items)[i], "findings[" + std::to_string(i) + "]", report.rules}));
    const auto [known, is_new] = place_of.emplace(finding.key, findings.size());
    if (is_new) {
      findings.push_back(std::move(finding));
    } else {
      merge(findings[known->second], finding);
    }
  }
  return findings;
}

Result<std::vector<Metric>> parse_metrics(const Place& report) {
  CHELA_TRY(const auto* items, report.list("metrics"));
  std::vector<Metric> metrics;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const Place at{(*items)[i], "metrics[" + std::to_string(i) + "]", report.rules};
    if (!at.value.is_object()) return refuse(at.where, "an object", at.kind_of(at.value));
    Metric metric;
    CHELA_TRY(const auto name, at.text("name", Need::required));
    metric.name = one_line(name);
    const auto* value = find(at.value, "value");
    if (value == nullptr || !value->is_number()) {
      return refuse(at.path("value"), "a number",
                    value == nullptr ? "nothing" : at.kind_of(*value));
    }
    metric.value = value->to_number<double>();
    CHELA_TRY(const auto unit, at.text("unit", Need::optional));
    metric.unit = one_line(unit);
    CHELA_TRY(const auto warn, at.text("warn", Need::optional));
    metric.warn = one_line(warn);
    CHELA_TRY(const auto crit, at.text("crit", Need::optional));
    metric.crit = one_line(crit);
    metrics.push_back(std::move(metric));
  }
  return metrics;
}

// The same value without known secrets in its texts and keys.
json::value without_values(const json::value& value, const services::RedactRules& rules) {
  if (value.is_string()) return json::string(rules.redact_values(value.get_string()));
  if (const auto* list = value.if_array()) {
    json::array clean;
    for (const auto& item : *list) clean.push_back(without_values(item, rules));
    return clean;
  }
  if (const auto* object = value.if_object()) {
    json::object clean;
    for (const auto& [key, member] : *object)
      clean[rules.redact_values(key)] = without_values(member, rules);
    return clean;
  }
  return value;
}

}  // namespace

std::string_view to_string(Severity severity) {
  constexpr std::string_view kNames[] = {"info", "warn", "crit"};
  return kNames[static_cast<std::size_t>(severity)];
}

std::string_view to_string(CheckStatus status) {
  constexpr std::string_view kNames[] = {"ok", "warn", "crit", "unknown"};
  return kNames[static_cast<std::size_t>(status)];
}

std::string_view to_string(RunOutcome outcome) {
  constexpr std::string_view kNames[] = {"ok", "failed", "crashed", "quarantined"};
  return kNames[static_cast<std::size_t>(outcome)];
}

std::string_view to_string(MuteKind kind) {
  constexpr std::string_view kNames[] = {"acknowledged", "snoozed"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view to_string(OutboxKind kind) {
  constexpr std::string_view kNames[] = {"create_task", "update_task", "say"};
  return kNames[static_cast<std::size_t>(kind)];
}

json::array to_json(const std::vector<Metric>& metrics) {
  json::array list;
  for (const auto& metric : metrics) {
    json::object one{{"name", metric.name}, {"value", metric.value}, {"unit", metric.unit}};
    if (!metric.warn.empty()) one["warn"] = metric.warn;
    if (!metric.crit.empty()) one["crit"] = metric.crit;
    list.push_back(std::move(one));
  }
  return list;
}

bool is_open_state(std::string_view state) {
  return state != "done" && state != "cancelled";
}

Result<CheckReport> parse_report(const json::value& document, const services::Redactor& redactor) {
  constexpr std::string_view kSchema = "chela.check.report/1";
  // shared_ptr: values may become known meanwhile.
  const auto rules = redactor.rules();
  const Place at{document, "", *rules};
  if (!document.is_object()) return refuse("document", "an object", at.kind_of(document));
  CHELA_TRY(const auto schema, at.text("schema", Need::required));
  if (schema != kSchema) {
    return refuse("schema", "'chela.check.report/1'", "'" + base::printable(schema, 40) + "'");
  }
  CheckReport report;
  CHELA_TRY(const auto status,
            at.one_of("status", {"ok", "warn", "crit", "unknown"}, "ok, warn, crit or unknown"));
  report.status = static_cast<CheckStatus>(status);
  CHELA_TRY(const auto summary, at.text("summary", Need::optional));
  report.summary = one_line(summary);
  CHELA_TRY(report.findings, parse_findings(at));
  CHELA_TRY(report.metrics, parse_metrics(at));
  if (const auto* cursor = find(document, "cursor")) {
    const auto size = json::serialize(*cursor).size();
    if (size > kMaxCursor) {
      return fail(
          ErrorCode::resource_exhausted,
          "check report: cursor: wanted at most 262144 bytes, found " + std::to_string(size));
    }
    report.cursor = without_values(*cursor, *rules);
  }
  return report;
}

}  // namespace chela::tasks
