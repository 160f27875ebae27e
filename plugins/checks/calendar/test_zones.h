// The zones of this system, for tests: the same files that the host would read.
#pragma once

#include <chela/testing/opened_plugin.h>

#include "zone_book.h"

namespace check_calendar::test {

inline std::optional<Zone> system_zone(const std::string& name) {
  const auto bytes = chela::testing::read_whole_file("/usr/share/zoneinfo/" + name);
  auto zone = parse_zone_file(bytes, name);
  return zone ? std::optional<Zone>(*zone) : std::nullopt;
}

inline ZoneBook zone_book(const std::string& local) {
  return ZoneBook(system_zone(local).value_or(Zone{}), &system_zone);
}

}  // namespace check_calendar::test
