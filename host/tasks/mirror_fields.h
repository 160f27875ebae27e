// Merges one task that both sides hold, field by field. Pure functions, used by mirror.cpp only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tasks/mirror.h"
#include "tasks/records.h"

namespace chela::tasks {

// The nearest state or priority that a backend tells apart; "" where it keeps none like it.
std::string nearest_state(std::string_view state, const Capabilities& keeps);
std::string nearest_priority(std::string_view priority, const Capabilities& keeps);

// The lines of `notes` that stand more often there than in `known` and in `other`; list signs and
// times of day that backends put in front make no difference, but are carried along.
std::vector<std::string> new_lines(std::string_view notes, std::string_view known,
                                   std::string_view other);

// True when a person changed this side of the pair since both were alike.
bool is_touched(const MirrorTask& task, const MirrorPair& before, Side side);

// Adds the operations that make both sides of `plan` alike (both are set), and a line per conflict.
void merge_fields(PairPlan& plan, const MirrorInput& input, Timestamp now,
                  std::vector<std::string>& conflicts);

}  // namespace chela::tasks
