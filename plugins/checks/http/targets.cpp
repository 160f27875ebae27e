#include "targets.h"

#include <chela/untrusted.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "web.h"

namespace check_http {
namespace {

namespace json = chela::json;
using chela::ErrorCode;
using chela::fail;

constexpr std::size_t kMostTargets = 30;

// "NAS:8080" and "[::1]:80" without their ports.
std::string machine_of(const std::string& host) {
  const auto bracket = host.starts_with('[') ? host.find(']') : std::string::npos;
  std::string name =
      bracket != std::string::npos ? host.substr(0, bracket + 1) : host.substr(0, host.find(':'));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (name.ends_with('.')) name.pop_back();
  return name;
}

chela::Result<void> read_url(Target& target) {
  CHELA_TRY(target.host, web::host_of(target.url));
  target.machine = machine_of(target.host);
  if (target.name.empty()) {
    const std::string path = target.url.substr(target.url.find("://") + 3 + target.host.size());
    target.name = target.host + (path == "/" ? "" : path.substr(0, path.find_first_of("?#")));
  }
  return {};
}

chela::Result<Target> parse_target(const json::value& value) {
  Target target;
  target.url = chela::get_string(value, "url");
  target.name = chela::untrusted_text(chela::get_string(value, "name"), 60);
  CHELA_TRY(read_url(target));
  target.method = chela::get_string(value, "method", "GET");
  target.contains = chela::get_string(value, "contains");
  target.lacks = chela::get_string(value, "lacks");
  if (target.method == "HEAD" && (!target.contains.empty() || !target.lacks.empty()))
    return fail(ErrorCode::invalid_argument,
                "method: HEAD has no body in which `contains` or `lacks` could look");
  if (const auto* list = chela::find(value, "status"); list != nullptr && list->is_array()) {
    for (const auto& one : list->get_array()) {
      const auto status = one.is_int64() ? one.get_int64() : 0;
      if (status < 100 || status > 599)
        return fail(ErrorCode::invalid_argument, "status: wanted numbers from 100 to 599");
      target.statuses.push_back(static_cast<int>(status));
    }
  }
  const std::string latency = chela::get_string(value, "max_latency", "0s");
  const auto parsed = chela::parse_duration(latency);
  if (!parsed) return fail(parsed.error().code, "max_latency: " + parsed.error().message);
  target.max_latency = *parsed;
  target.certificate_days = chela::get_int(value, "certificate_days", 14);
  target.is_crit = chela::get_string(value, "severity", "crit") != "warn";
  return target;
}

}  // namespace

bool Target::is_here() const {
  const bool is_ipv4 = machine.find_first_not_of("0123456789.") == std::string::npos;
  return (is_ipv4 && machine.starts_with("127.")) || machine == "[::1]" || machine == "localhost" ||
         machine.ends_with(".localhost");
}

chela::Result<std::vector<Target>> parse_targets(const chela::Config& config) {
  std::vector<Target> targets;
  std::set<std::string> names;
  const auto* list = chela::find(config.value(), "targets");
  const auto* entries = list == nullptr ? nullptr : list->if_array();
  if (entries == nullptr || entries->empty() || entries->size() > kMostTargets)
    return fail(ErrorCode::invalid_argument, "targets: wanted 1 to 30 of them");
  for (std::size_t i = 0; i < entries->size(); ++i) {
    const std::string where = "targets." + std::to_string(i) + ": ";
    auto target = parse_target((*entries)[i]);
    if (!target) return fail(target.error().code, where + target.error().message);
    if (!names.insert(target->name).second)
      return fail(ErrorCode::invalid_argument,
                  where + "another one is called '" + target->name + "': give it a `name`");
    targets.push_back(*std::move(target));
  }
  return targets;
}

}  // namespace check_http
