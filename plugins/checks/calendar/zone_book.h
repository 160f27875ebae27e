// Finds the zone behind each TZID that calendars use: IANA names, Windows names, the calendar's own
// VTIMEZONE.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "ical.h"
#include "zone.h"

namespace check_calendar {

// A VTIMEZONE as a zone, from 1900 to 2100; nullopt where it has no observance that makes sense, or
// where its rules use up `steps_left`.
std::optional<Zone> zone_from_component(const Component& component, std::int64_t& steps_left);

// "Europe/Berlin" for "Europe/Berlin", "W. Europe Standard Time" and
// "/example.org/20260101/Europe/Berlin"; "" for what looks like none of them.
std::string zone_name_in(const std::string& tzid);

class ZoneBook {
 public:
  // Reads the zone of an IANA name; nullopt where there is none.
  using Load = std::function<std::optional<Zone>(const std::string& name)>;
  ZoneBook(Zone local, Load load) : local_(std::move(local)), load_(std::move(load)) {}

  // What stands for its TZID where that is no name that the system knows.
  void add(const Component& vtimezone);

  const Zone& local() const { return local_; }
  // The local zone where nothing is known of `tzid`; it is then named in unknown().
  const Zone& find(const std::string& tzid);
  // Whether `tzid` needs the calendar's own VTIMEZONE.
  bool needs_definition(const std::string& tzid);
  const std::set<std::string>& unknown() const { return unknown_; }

 private:
  const Zone* named(const std::string& tzid);

  Zone local_;
  Load load_;
  std::map<std::string, std::optional<Zone>> named_;  // by TZID; nullopt: looked for in vain
  std::map<std::string, Zone> defined_;
  std::int64_t steps_left_ =
      20'000'000;  // for the rules of all definitions; a usual one needs 150,000
  std::set<std::string> unknown_;
};

}  // namespace check_calendar
