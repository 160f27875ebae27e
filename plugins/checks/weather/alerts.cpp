#include "alerts.h"

#include <chela/untrusted.h>

#include <algorithm>

namespace weather {
namespace {

namespace json = chela::json;
using chela::ErrorCode;
using chela::fail;

constexpr std::size_t kMostAlerts = 100;
constexpr std::size_t kMostIdBytes = 150;

Alert parse_alert(const json::value& properties) {
  Alert alert;
  alert.id = chela::get_string(properties, "id").substr(0, kMostIdBytes);
  alert.severity = severity_of(chela::get_string(properties, "severity"));
  alert.is_urgent = chela::get_string(properties, "urgency") == "Immediate";
  alert.event = chela::get_string(properties, "event");
  alert.headline = chela::get_string(properties, "headline");
  alert.instruction = chela::get_string(properties, "instruction");
  const auto* references = chela::find(properties, "references");
  if (references == nullptr || !references->is_array()) return alert;
  for (const auto& one : references->get_array()) {
    if (alert.replaces.size() == kMostAlerts) break;
    alert.replaces.push_back(chela::get_string(one, "identifier").substr(0, kMostIdBytes));
  }
  return alert;
}

chela::Finding finding_for(const Alert& alert, const std::string& suffix) {
  chela::Finding finding = chela::event(
      "alert:" + alert.id,
      chela::untrusted_text(alert.event.empty() ? "official warning" : alert.event, 100) + suffix);
  finding.detail(chela::untrusted_text(alert.headline, 300) + "\n" +
                 chela::untrusted_text(alert.instruction, 1000) +
                 "\nSource: US National Weather Service");
  finding.untrusted();
  const bool is_crit = alert.severity == Severity::extreme ||
                       (alert.severity == Severity::severe && alert.is_urgent);
  if (is_crit) finding.crit();
  if (alert.severity == Severity::minor) finding.info();
  return finding;
}

}  // namespace

Severity severity_of(std::string_view word) {
  std::string lower(word);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "extreme") return Severity::extreme;
  if (lower == "severe") return Severity::severe;
  if (lower == "moderate") return Severity::moderate;
  return lower == "minor" ? Severity::minor : Severity::unknown;
}

chela::Result<std::vector<Alert>> parse_alerts(std::string_view body) {
  const auto document = chela::parse_json(body);
  const auto* features = document ? chela::find(*document, "features") : nullptr;
  if (features == nullptr || !features->is_array())
    return fail(ErrorCode::data_loss,
                "the warnings are none of api.weather.gov: wanted JSON with features, found " +
                    std::to_string(body.size()) + " bytes of something else");
  std::vector<Alert> alerts;
  for (const auto& feature : features->get_array()) {
    const auto* properties = chela::find(feature, "properties");
    if (properties == nullptr || alerts.size() == kMostAlerts) continue;
    if (chela::get_string(*properties, "status", "Actual") != "Actual" ||
        chela::get_string(*properties, "messageType") == "Cancel")
      continue;
    Alert alert = parse_alert(*properties);
    if (!alert.id.empty()) alerts.push_back(std::move(alert));
  }
  return alerts;
}

std::vector<chela::Finding> judge_alerts(const std::vector<Alert>& alerts, Severity least,
                                         const std::string& suffix,
                                         std::map<std::string, Severity>& seen) {
  std::vector<chela::Finding> findings;
  std::map<std::string, Severity> now;
  for (const auto& alert : alerts) {
    // What a warning of unknown severity is about may be anything: it is told.
    const bool matters = alert.severity == Severity::unknown || alert.severity >= least;
    if (!matters) continue;
    std::vector<std::string> names = alert.replaces;
    names.push_back(alert.id);
    bool is_known = false;
    for (const auto& name : names) {
      const auto at = seen.find(name);
      is_known = is_known || (at != seen.end() && at->second >= alert.severity);
    }
    now[alert.id] = alert.severity;
    if (!is_known) findings.push_back(finding_for(alert, suffix));
  }
  seen = std::move(now);
  return findings;
}

}  // namespace weather
