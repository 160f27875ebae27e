// One look at the machine: joins what its parts came to into one report.
#pragma once

#include <chela/check.h>

#include <string>
#include <vector>

#include "pauses.h"

namespace check_system {

// What one part of the check (one disk, the memory, the reboot) came to.
struct Outcome {
  std::vector<chela::Finding> findings;
  std::string summary;      // "/ 42.1 % free"
  std::string cannot_tell;  // why, where it could not be looked at
};

// A part that cannot be looked at now repeats what it last found, because a finding that is not
// reported counts as recovered. A repeated finding keeps the moment at which it was last seen.
struct Round {
  // {"v":1,"last":{"disk:/":{"at_ms":..,"findings":[..,{..,"at_ms":..}]}},"oom_kills":3}
  chela::json::value cursor;
  std::int64_t now_ms = 0;
  Pause pause;  // before this look
  chela::Report report = chela::Report::ok();
  chela::json::object last;
  chela::json::object state;  // what parts keep for the next run, beside "v" and "last"
  std::string summary;
  int told = 0;
  bool has_warning = false, has_crit = false;

  void say(const std::string& text);
  // "cannot tell: ..", once where several parts have the same reason.
  void say_cannot_tell(const std::string& why);

  void add(const chela::Finding& finding);
  // The member `name` of the last run's state goes on to the next run as it is.
  void keep(std::string_view name);
  // Where only some of a part could be looked at, `why_not_all` says why: then at most 21 of its
  // last findings that are not among the new ones are repeated.
  void take(const std::string& part, const Outcome& outcome, const std::string& why_not_all = "");
  chela::Report finish() &&;

 private:
  // What the last run kept of `part`; null = nothing.
  const chela::json::value* last_of(const std::string& part) const;
  // Reports the findings of `entry` whose keys are not among `seen`; returns them as they are kept,
  // each with its own "at_ms".
  chela::json::array repeat(const chela::json::value& entry, const std::string& why,
                            const chela::json::array& seen, std::size_t most);
};

}  // namespace check_system
