// Official warnings of the US National Weather Service: which are new and matter. Pure.
#pragma once

#include <chela/report.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace weather {

enum class Severity { unknown, minor, moderate, severe, extreme };

Severity severity_of(std::string_view word);  // in any case; unknown for other words

struct Alert {
  std::string id{};
  std::vector<std::string> replaces{};  // ids of those that it updates
  Severity severity = Severity::unknown;
  bool is_urgent = false;  // now, not in some hours
  std::string event{};     // "Wind Advisory"
  std::string headline{};
  std::string instruction{};
};

// Those that are in force: no tests and exercises, none that was taken back. data_loss where that
// is no reply of the service; one that cannot be read does not hide the others.
chela::Result<std::vector<Alert>> parse_alerts(std::string_view body);

// Events for those from `least` on that are not in `seen`. An update of one that was told is told
// again only where it has become more severe. `seen` becomes what is in force now, as id ->
// severity.
std::vector<chela::Finding> judge_alerts(const std::vector<Alert>& alerts, Severity least,
                                         const std::string& suffix,
                                         std::map<std::string, Severity>& seen);

}  // namespace weather
