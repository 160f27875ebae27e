#include "systemctl.h"

#include <chela/json.h>

#include <charconv>

#include "lines.h"
#include "words.h"

namespace check_system {
namespace {

namespace json = chela::json;

chela::Result<json::array> parse_list(std::string_view text, const char* command) {
  const auto document = chela::parse_json(text);
  if (document && document->is_array()) return document->get_array();
  return chela::fail(chela::ErrorCode::data_loss,
                     std::string("systemctl ") + command +
                         ": wanted a list in JSON (systemd 246 or newer), found '" +
                         shown(text.substr(0, text.find('\n')), 80) + "'");
}

std::optional<std::int64_t> moment_of(const json::value& timer, std::string_view name) {
  const auto microseconds = chela::get_int(timer, name, 0);
  if (microseconds <= 0) return std::nullopt;
  return microseconds / 1000;
}

void take_property(std::string_view line, std::string& id, Service& service) {
  const auto equals = line.find('=');
  if (equals == std::string_view::npos) return;
  const auto name = line.substr(0, equals);
  const auto value = line.substr(equals + 1);
  if (name == "Id") id = value;
  if (name == "Result") service.result = value;
  if (name == "ActiveState") service.state = value;
  if (name == "StateChangeTimestamp") service.since = value;
  if (name == "TriggeredBy") service.started_by = value;
  if (name == "ExecMainStatus")
    std::from_chars(value.data(), value.data() + value.size(), service.exit_status);
}

}  // namespace

chela::Result<std::vector<Unit>> parse_failed_units(std::string_view text) {
  CHELA_TRY(const json::array list, parse_list(text, "list-units"));
  std::vector<Unit> units;
  for (const auto& item : list) {
    Unit unit{chela::get_string(item, "unit"), chela::get_string(item, "description")};
    if (unit.name.empty()) {
      return chela::fail(chela::ErrorCode::data_loss,
                         "systemctl list-units: wanted a name for every unit, found none");
    }
    units.push_back(std::move(unit));
  }
  return units;
}

chela::Result<std::vector<Timer>> parse_timers(std::string_view text) {
  CHELA_TRY(const json::array list, parse_list(text, "list-timers"));
  std::vector<Timer> timers;
  for (const auto& item : list) {
    Timer timer{chela::get_string(item, "unit"), chela::get_string(item, "activates"),
                moment_of(item, "last"), moment_of(item, "next")};
    if (timer.name.empty()) {
      return chela::fail(chela::ErrorCode::data_loss,
                         "systemctl list-timers: wanted a name for every timer, found none");
    }
    timers.push_back(std::move(timer));
  }
  return timers;
}

std::map<std::string, Service> parse_services(std::string_view text) {
  std::map<std::string, Service> services;
  std::string id;
  Service service;
  while (!text.empty()) {
    const auto line = take_line(text);

    if (!line.empty()) take_property(line, id, service);
    if (!line.empty() && !text.empty()) continue;
    if (!id.empty()) services[id] = service;
    id.clear();
    service = {};
  }
  return services;
}

}  // namespace check_system
