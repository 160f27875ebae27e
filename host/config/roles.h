// Which of several task backends is the source, and which are kept like it.
#pragma once

#include <vector>

#include "config/load.h"

namespace chela::config {

// Gives every task backend of `instances` (those that are on, in the order of merge()) its role:
// the one with `role: source` is the source, else the first that is not declared a mirror; the
// others are mirrors. Takes out what cannot be, with a problem for each: a second source, mirrors
// where nothing is the source, and all of them where a manifest among `broken` may hold the one
// that was the source: a slip of the pen must not make a mirror the source.
std::vector<Problem> resolve_roles(std::vector<Instance>& instances,
                                   const std::vector<Problem>& broken = {});

// The source of `instances` after resolve_roles; nullptr where no task backend is on.
const Instance* find_source(const std::vector<Instance>& instances);

}  // namespace chela::config
