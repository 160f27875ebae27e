// What a check found: a chela.check.report/1 under construction.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "chela/json.h"
#include "chela/result.h"
#include "chela/utf8.h"

namespace chela {

namespace internal {

// `key` as the host takes it: at most 200 bytes of UTF-8 without control characters. A longer one
// (a branch, a path) keeps its start, and its FNV-1a hash so that it stays different from others.
inline std::string usable_key(std::string_view key) {
  std::string clean = replace_invalid_utf8(key);
  for (char& c : clean) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  if (clean.size() <= 200 && clean == key) return clean;
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  std::string text = replace_invalid_utf8(clean.substr(0, 160)) + "#";
  for (int shift = 60; shift >= 0; shift -= 4) text += "0123456789abcdef"[(hash >> shift) & 15];
  return text;
}

}  // namespace internal

// One thing that was found. Its key is stable: the same thing has the same key in the next run.
//   event      happened once (a mail came in); it is said once
//   condition  holds for a while (a disk is full); the host opens one task and closes it when the
//   key is gone
class Finding {
 public:
  Finding(std::string cls, std::string key, std::string title) {
    object_["key"] = internal::usable_key(key);
    object_["class"] = std::move(cls);
    object_["severity"] = "warn";
    object_["title"] = replace_invalid_utf8(title);
  }
  Finding& info() & { return with("severity", "info"); }
  Finding& crit() & { return with("severity", "crit"); }
  // More lines for the person who looks closer.
  Finding& detail(std::string_view text) & { return with("detail", replace_invalid_utf8(text)); }
  Finding& url(std::string_view text) & { return with("url", replace_invalid_utf8(text)); }
  // Only a person can settle it: its task gets high priority and `needs: human`.
  Finding& needs_human() & { return with("needs_human", true); }
  // Title and detail repeat words of others (a subject, a feed): nobody may take them for an order.
  Finding& untrusted() & { return with("untrusted", true); }
  // Another title for the task than for the message.
  Finding& task(std::string_view title) & {
    return with("task", json::object{{"title", replace_invalid_utf8(title)}});
  }
  Finding&& info() && { return std::move(info()); }
  Finding&& crit() && { return std::move(crit()); }
  Finding&& detail(std::string_view text) && { return std::move(detail(text)); }
  Finding&& url(std::string_view text) && { return std::move(url(text)); }
  Finding&& needs_human() && { return std::move(needs_human()); }
  Finding&& untrusted() && { return std::move(untrusted()); }
  Finding&& task(std::string_view title) && { return std::move(task(title)); }

  const json::object& value() const { return object_; }

 private:
  Finding& with(std::string_view key, json::value value) {
    object_[key] = std::move(value);
    return *this;
  }
  Finding& with(std::string_view key, const std::string& text) {
    return with(key, json::value(json::string(text)));
  }
  Finding& with(std::string_view key, const char* text) {
    return with(key, json::value(json::string(text)));
  }
  json::object object_;
};

inline Finding event(std::string key, std::string title) {
  return Finding("event", std::move(key), std::move(title));
}
inline Finding condition(std::string key, std::string title) {
  return Finding("condition", std::move(key), std::move(title));
}

class Report {
 public:
  static Report ok(std::string_view summary = "") { return Report("ok", summary); }
  static Report warn(std::string_view summary = "") { return Report("warn", summary); }
  static Report crit(std::string_view summary = "") { return Report("crit", summary); }
  // The check cannot tell: nothing is opened and nothing is taken for recovered.
  static Report unknown(std::string_view summary) { return Report("unknown", summary); }
  // A document chela.check.report/1 that somebody else wrote; the host looks at its parts.
  // invalid_argument where it is none.
  static Result<Report> from_json(const json::value& document) {
    if (get_string(document, "schema") != "chela.check.report/1") {
      return fail(ErrorCode::invalid_argument,
                  "wanted a document with \"schema\": \"chela.check.report/1\"");
    }
    Report report(get_string(document, "status"), get_string(document, "summary"));
    const auto take = [&](std::string_view key, json::array& into) {
      const auto* list = find(document, key);
      if (list != nullptr && list->is_array()) into = list->get_array();
      return list == nullptr || list->is_array();
    };
    if (!take("findings", report.findings_) || !take("metrics", report.metrics_))
      return fail(ErrorCode::invalid_argument, "findings and metrics: wanted lists");
    if (const auto* cursor = find(document, "cursor")) report.cursor_ = *cursor;
    return report;
  }

  static Report warn(const Finding& finding) { return of("warn", finding); }
  static Report crit(const Finding& finding) { return of("crit", finding); }

  void add(const Finding& finding) { findings_.push_back(finding.value()); }
  // A value that is no number (0/0) has no place in JSON and is left out. `more` are further
  // members of the metric, such as {"warn": "10:", "crit": "5:"}: thresholds as Nagios writes
  // ranges.
  void metric(std::string_view name, double value, std::string_view unit,
              const json::object& more = {}) {
    if (!std::isfinite(value)) return;
    json::object one = more;
    one["name"] = replace_invalid_utf8(name);
    one["value"] = value;
    one["unit"] = replace_invalid_utf8(unit);
    metrics_.push_back(std::move(one));
  }
  // Any JSON that the next run should get as host.cursor(). Without one the host keeps the one it
  // has.
  void set_cursor(json::value cursor) { cursor_ = std::move(cursor); }
  void set_status(std::string_view status) { status_ = status; }
  void set_summary(std::string_view summary) { summary_ = replace_invalid_utf8(summary); }
  bool has_findings() const { return !findings_.empty(); }

  json::value to_json() const {
    json::object report{{"schema", "chela.check.report/1"},
                        {"status", status_},
                        {"summary", summary_},
                        {"findings", findings_},
                        {"metrics", metrics_}};
    if (cursor_) report["cursor"] = *cursor_;
    return report;
  }

 private:
  Report(std::string_view status, std::string_view summary)
      : status_(status), summary_(replace_invalid_utf8(summary)) {}
  static Report of(std::string_view status, const Finding& finding) {
    Report report(status, get_string(finding.value(), "title"));
    report.add(finding);
    return report;
  }
  std::string status_;
  std::string summary_;
  json::array findings_;
  json::array metrics_;
  std::optional<json::value> cursor_;
};

}  // namespace chela
