// The lines that SOUL.md and HEARTBEAT.md of the workspace should hold beside chela, and whether
// they do.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/review.h"

namespace chela::config {

struct WorkspaceAdvice {
  std::string file;  // "SOUL.md"
  enum class State { holds, lacks, absent } state = State::absent;
  std::string why;                 // one sentence on what the lines are for, or what is wrong
  std::vector<std::string> lines;  // to add; for HEARTBEAT.md the whole file
};

// `soul` and `heartbeat` are the files' texts, nothing where they are not there.
//   SOUL.md       wants a line in TASKS.md for every spawn; it holds that where one paragraph or
//                 list names both, in whatever words
//   HEARTBEAT.md  wants nothing but headings (2026.2 then asks no model at all), because chela
//                 rotates the checks; 2026.9 does not read it
std::vector<WorkspaceAdvice> advise_workspace(const std::optional<std::string>& soul,
                                              const std::optional<std::string>& heartbeat,
                                              OpenClawVersion version);

}  // namespace chela::config
