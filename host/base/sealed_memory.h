// A file in memory that nobody can change any more.
#pragma once

#include <functional>

#include "base/unique_fd.h"

namespace chela::base {

// A memfd called `name` (for /proc) that `fill` has written, sealed against writing, growing,
// shrinking and further seals. `fill` gets an empty file, returns false with errno set where it
// could not write, and may be called several times: the kernel seals nothing while it is busy with
// a page itself (reclaim, compaction), waits 150 ms and says EBUSY; another copy has other pages.
// Closed, with errno set, where it cannot be had. [any-thread]
UniqueFd sealed_memory(const char* name, const std::function<bool(int file)>& fill);

}  // namespace chela::base
