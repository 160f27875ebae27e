// What the last runs of a check add up to: uptime, how long it has been so, a small drawing. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tasks/records.h"

namespace chela::heartbeat {

// How one run counts. `blind`: it could not tell, which is no problem of what it looks at.
enum class RunMark { ok, warn, crit, blind };
RunMark mark_of(const tasks::RunRow& run);

struct History {
  int runs = 0;
  int ok = 0;
  int blind = 0;
  std::optional<Timestamp> since;  // the first run of the latest stretch of equal marks
  // Of the runs that could tell; nullopt where none could.
  std::optional<double> uptime_percent() const;
};

// `runs` newest first, as Ledger::runs() gives them.
History history_of(const std::vector<tasks::RunRow>& runs);

enum class Glyphs { unicode, ascii };

// The runs in at most `cells` cells, newest right, each the worst of its share:
//   unicode  ▁ ok  ▄ warn  █ crit  · could not tell          ascii  . - # ?
std::string sparkline(const std::vector<tasks::RunRow>& runs, std::size_t cells, Glyphs glyphs);

}  // namespace chela::heartbeat
