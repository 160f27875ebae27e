// Reads what systemctl prints (systemd 246 or newer for JSON; tried with 252): pure, over its text.
#pragma once

#include <chela/result.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace check_system {

struct Unit {
  std::string name;
  std::string description;
};

struct Timer {
  std::string name;
  std::string service;                  // what it starts
  std::optional<std::int64_t> last_ms;  // when it last did; absent = never since it is known
  std::optional<std::int64_t> next_ms;  // when it will; absent = never again
};

struct Service {
  std::string result;  // "success", "exit-code", "signal", "timeout", "oom-kill", ..
  std::string state;   // "active", "inactive", "failed", "activating", ..
  int exit_status = 0;
  std::string since;       // as systemctl writes it, "" where unknown
  std::string started_by;  // the timers and paths that start it, "" = none
};

// `systemctl list-units --failed --output=json`:
//   [{"unit":"x.service","load":"loaded","active":"failed","sub":"failed","description":"x"}]
// data_loss where it is no such list.
chela::Result<std::vector<Unit>> parse_failed_units(std::string_view text);

// `systemctl list-timers --output=json`, times in microseconds, 0 or null where there is none:
//   [{"next":1795824000000000,"left":..,"last":0,"passed":0,"unit":"x.timer","activates":"x.service"}]
chela::Result<std::vector<Timer>> parse_timers(std::string_view text);

// `systemctl show --property=Id,Result,..`: lines "Name=value", an empty line between units. By
// name; a block without Id is left out.
std::map<std::string, Service> parse_services(std::string_view text);

}  // namespace check_system
