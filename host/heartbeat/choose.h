// Which checks a tick starts: what is due or asked for, less what is under way, and of a
// quarantined plugin one trial run. Pure functions.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "heartbeat/schedule.h"
#include "tasks/records.h"

namespace chela::heartbeat {

// All checks, by position; the lists run parallel.
struct Candidates {
  std::vector<CheckPlan> plans;  // paused_until holds the trial run of a quarantined plugin
  std::vector<CheckTimes> times;
  std::vector<std::string> plugins;
  std::vector<std::vector<std::string>> needs;              // ids of checks
  std::map<std::string, tasks::QuarantineRow> quarantines;  // by plugin
  std::set<std::string> under_way;                          // checks that run, or are being folded
};

// What a person asked for; nothing of it: what is due.
struct Wish {
  bool all = false;
  std::optional<std::size_t> one;
};

struct Choice {
  std::vector<std::size_t> chosen;  // in the order in which they run
  std::vector<std::string> notes;   // one line each: what an asked tick does about quarantines
};

// What is due is picked among the checks that are not under way and need none that is. Where one
// that was picked needs another that is due as well, that one takes its place: how the first is can
// be told only once the second is known. One that is asked for and under
// way already is chosen too: the tick joins its run. Of a quarantined plugin at most one instance
// is chosen, and none while another one is under way; a person who asks may have it before its
// time, which is said.
Choice choose(const Candidates& candidates, const Wish& wish, Timestamp now, const Policy& policy);

// When there is something to choose next; kNever where all is under way. Names the check.
struct NextCheck {
  Timestamp at = kNever;
  std::string check;
};
NextCheck next_check(const Candidates& candidates, Timestamp now, const Policy& policy);

}  // namespace chela::heartbeat
