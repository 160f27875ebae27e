// Landlock: which files the process and its children can reach from now on, and which TCP ports.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chela/result.h"

namespace chela::worker {

enum class PathAccess {
  read,              // files and folders beneath
  read_and_execute,  // and map as code, and run
  read_and_write,    // and create, replace, remove, rename; no devices, no sockets, no execution
};

struct PathRule {
  std::string path;
  PathAccess access = PathAccess::read;
  // No failure where it cannot be opened, and no right either, not even when it is made later:
  // system paths differ between machines, and what is granted for reading may come and go.
  bool is_optional = false;
};

// The running kernel's Landlock ABI, 0 where it has none or it is switched off.
int landlock_abi();

// Restricts the calling thread, for ever: every right that `abi` knows is taken, `rules` give some
// back.
//   abi  at most landlock_abi(); smaller to behave as on an older kernel
//   tcp_ports  may still be connected to; all other TCP is taken (ABI 4 and later)
// From ABI 6 on signals and abstract sockets end at the border too. Needs no_new_privs.
// Fails with not_found for a missing path, failed_precondition where Landlock is not there.
Result<void> restrict_paths(const std::vector<PathRule>& rules, int abi,
                            const std::vector<std::uint16_t>& tcp_ports);

}  // namespace chela::worker
