// Confines the calling process for ever: called after exec and before anything foreign is opened or
// run.
#pragma once

#include "base/process.h"
#include "chela/json.h"
#include "chela/result.h"
#include "worker/landlock.h"
#include "worker/limits.h"

#include <limits>
#include <string>
#include <vector>

namespace chela::worker {

// The layers, in the order in which they are put on.
struct Layers {
  bool rlimits = true;
  bool dumpable_off =
      true;          // nobody of the same user may look inside; a program that is run resets it
  bool mdwe = true;  // memory-deny-write-execute, kernel 6.3 and later
  bool landlock = true;
  bool seccomp = true;
  friend bool operator==(const Layers&, const Layers&) = default;
};

// "rlimits,landlock", "all", "none"; invalid_argument names the word that is no layer.
Result<Layers> parse_layers(std::string_view text);

enum class Profile {
  plugin,   // a library: reads the system's libraries and time zones, nothing else; starts nothing
  program,  // a program that will be run next: the granted paths, its own children, and what its
            // gate lets it connect to
};

enum class Confinement {
  require,      // fail unless seccomp and Landlock are in force
  best_effort,  // put on what the kernel has; Enforced says what is missing
};

struct LockDownRequest {
  Profile profile = Profile::plugin;
  Confinement confinement = Confinement::require;
  Layers layers;                                           // switched off singly by tests only
  int max_landlock_abi = std::numeric_limits<int>::max();  // lower: behave as an older kernel
  Limits limits;
  std::vector<PathRule> paths;  // Profile::program: granted beside the system's own
  // Profile::program only: the program has a gate (net_gate.h). Then the system call filter is left
  // to load_program_filter(), which the child calls behind the gate.
  bool has_gate = false;
  std::vector<std::uint16_t> tcp_ports;  // that the gate leads to
};

struct Enforced {
  Layers layers;  // the ones in force
  LimitsInForce limits;
  int landlock_abi = 0;              // as used; 0 without Landlock
  base::NamespaceIds namespaces;     // as seen from inside; the host compares them with its own
  std::vector<std::string> missing;  // a sentence for each layer that was wanted and is not there

  // {"layers":{"rlimits":true,..},"limits":{"memory":true,"processes":false},"landlock_abi":7,
  //  "namespaces":{"user":4026531837,"net":..,"ipc":..,"pid":..},"missing":[]}
  json::object to_json() const;
};

// Call it with one thread. Fails with failed_precondition where `confinement` is `require` and
// seccomp or Landlock is not in force (the message says which and why), with not_found for a
// granted path that is not optional and does not exist. After a failure the process is confined in
// part: it must end.
Result<Enforced> lock_down(const LockDownRequest& request);

// The part of lock_down() that a request with has_gate leaves out. Fails with failed_precondition
// where confinement is required and the kernel has no filters.
Result<void> load_program_filter(const LockDownRequest& request, const Enforced& enforced);

}  // namespace chela::worker
