// Resource limits of a confined process.
#pragma once

#include "chela/result.h"

namespace chela::worker {

struct Limits {
  int memory_mb = 512;  // address space (RLIMIT_AS)
  int cpu_s = 600;      // processor time of its whole life: a backstop behind the host's deadlines
  int file_mb = 16;     // size of one file
  int open_files = 64;
  int processes =
      64;  // processes and threads together; only where nobody else counts, see LimitsInForce
  bool counts_others = false;  // set it for the user `nobody` too, whose others count then
};

struct LimitsInForce {
  bool memory = false;     // false under sanitizers, which reserve terabytes of address space
  bool processes = false;  // false where the count would be the whole user's: set in a user
                           // namespace of one's own and for the identities that a root host gives
                           // its workers, and where Limits::counts_others asks for it
};

// Sets soft and hard limit to the same value, so that nothing can be raised; RLIMIT_CORE becomes 0.
// A lower limit that is there already stays. Fails with internal, naming the limit.
Result<LimitsInForce> set_limits(const Limits& limits);

}  // namespace chela::worker
