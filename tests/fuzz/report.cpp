// Check reports: whatever a plugin hands over is refused or becomes values within their bounds.
#include <set>

#include "fuzz.h"
#include "tasks/records.h"

namespace {

using namespace chela;

json::value document_of(const tasks::CheckReport& report) {
  json::array findings, metrics;
  for (const auto& f : report.findings) {
    json::object finding{{"key", f.key},
                         {"class", f.cls == tasks::FindingClass::event ? "event" : "condition"},
                         {"severity", tasks::to_string(f.severity)},
                         {"title", f.title},
                         {"detail", f.detail},
                         {"url", f.url},
                         {"needs_human", f.needs_human}};
    if (f.task) {
      json::object task{{"title", f.task->title}};
      if (!f.task->priority.empty()) task["priority"] = f.task->priority;
      finding["task"] = std::move(task);
    }
    findings.push_back(std::move(finding));
  }
  for (const auto& m : report.metrics) {
    metrics.push_back(json::object{{"name", m.name}, {"value", m.value}, {"unit", m.unit}});
  }
  json::object document{{"schema", "chela.check.report/1"},
                        {"status", tasks::to_string(report.status)},
                        {"summary", report.summary},
                        {"findings", findings},
                        {"metrics", metrics}};
  if (report.cursor) document["cursor"] = *report.cursor;
  return document;
}

bool is_line(const std::string& text) {
  return text.size() <= 300 && text.find('\n') == std::string::npos && fuzz::is_printable(text);
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto document = parse_json(fuzz::text_of(data, size));
  if (!document) return 0;
  const services::Redactor redactor;
  const auto report = tasks::parse_report(*document, redactor);
  if (!report) {
    fuzz::require(fuzz::is_printable(report.error().message), "an error is fit to be shown");
    return 0;
  }
  std::set<std::string> keys;
  fuzz::require(is_line(report->summary), "a summary is one line");
  for (const auto& finding : report->findings) {
    fuzz::require(keys.insert(finding.key).second, "a key stands once");
    fuzz::require(!finding.key.empty() && !finding.key.starts_with("chela:"), "keys are their own");
    fuzz::require(is_line(finding.title) && !finding.title.empty(), "a title is one line");
    fuzz::require(finding.detail.size() <= 4000 && is_utf8(finding.detail), "details have an end");
  }
  const auto written = document_of(*report);
  const auto again = tasks::parse_report(written, redactor);
  fuzz::require(again.has_value(), "a report that is written is read", json::serialize(written));
  // A mark may stand where the next reading sees another secret.
  const auto text = json::serialize(written);
  const bool is_marked = text.find("[redacted]") != std::string::npos;
  fuzz::require(is_marked || fuzz::is_same(document_of(*again), written), "and means the same",
                text);
  return 0;
}
