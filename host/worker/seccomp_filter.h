// Loads one of the system call filters that were built into this program.
#pragma once

#include "chela/result.h"

namespace chela::worker {

enum class SeccompProfile {
  plugin,  // allow-list: no file but read-only, no socket, process, signal to others, writable code
  program,        // deny-list for programs that are run on request; no socket
  gated_program,  // the same with stream sockets that wait at a gate (net_gate.h)
  no_signals,     // on top of a program's: no signal to anybody
};

// Filters of several calls add up; none can be taken back. Needs no_new_privs. For the calling
// thread and the threads and programs that it starts later. Fails with failed_precondition where
// the kernel refuses filters.
Result<void> load_filter(SeccompProfile profile);

}  // namespace chela::worker
