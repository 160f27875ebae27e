// One look at the machine: joins what its parts came to into one report.
#pragma once

#include <chela/check.h>

#include <string>
#include <vector>

namespace check_system {

// What one part of the check (one disk, the memory, the reboot) came to.
struct Outcome {
  std::vector<chela::Finding> findings;
  std::string summary;      // "/ 42.1 % free"
  std::string cannot_tell;  // why, where it could not be looked at
};

// A part that cannot be looked at now repeats what it last found, because a finding that is not
// reported counts as recovered.
struct Round {
  chela::json::value
      cursor;  // {"v":1,"last":{"disk:/":{"at_ms":..,"findings":[..]}},"oom_kills":3}
  std::int64_t now_ms = 0;
  chela::Report report = chela::Report::ok();
  chela::json::object last;
  chela::json::object state;  // what parts keep for the next run, beside "v" and "last"
  std::string summary;
  int told = 0;
  bool has_warning = false, has_crit = false;

  void say(const std::string& text);
  void add(const chela::Finding& finding);
  // The member `name` of the last run's state goes on to the next run as it is.
  void keep(std::string_view name);
  void take(const std::string& part, const Outcome& outcome);
  chela::Report finish() &&;

 private:
  void repeat(const std::string& part, const std::string& why);
};

}  // namespace check_system
