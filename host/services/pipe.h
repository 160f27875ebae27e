// A pipe from a program that is about to be started.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>

#include "base/unique_fd.h"

namespace chela::services {

// `ours` is the end to read from, without waiting; `theirs` the one that the program writes to.
// Both are closed in what it starts. False with errno where there is none.
inline bool open_pipe(base::UniqueFd& ours, base::UniqueFd& theirs) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
  ours = base::UniqueFd(ends[0]);
  theirs = base::UniqueFd(ends[1]);
  return ::fcntl(ours.get(), F_SETFL, O_NONBLOCK) == 0;
}

}  // namespace chela::services
