#include "heartbeat/history.h"

#include <algorithm>

namespace chela::heartbeat {

using tasks::CheckStatus;
using tasks::RunOutcome;
using tasks::RunRow;

RunMark mark_of(const RunRow& run) {
  if (run.outcome != RunOutcome::ok || !run.status) return RunMark::blind;
  switch (*run.status) {
    case CheckStatus::ok:
      return RunMark::ok;
    case CheckStatus::warn:
      return RunMark::warn;
    case CheckStatus::crit:
      return RunMark::crit;
    case CheckStatus::unknown:
      return RunMark::blind;
  }
  return RunMark::blind;
}

std::optional<double> History::uptime_percent() const {
  const int told = runs - blind;
  if (told <= 0) return std::nullopt;
  return 100.0 * ok / told;
}

History history_of(const std::vector<RunRow>& runs) {
  History history;
  bool is_same_stretch = true;
  for (const auto& run : runs) {
    const RunMark mark = mark_of(run);
    ++history.runs;
    history.ok += mark == RunMark::ok;
    history.blind += mark == RunMark::blind;
    is_same_stretch = is_same_stretch && mark == mark_of(runs.front());
    if (is_same_stretch) history.since = run.started;
  }
  return history;
}

std::string sparkline(const std::vector<RunRow>& runs, std::size_t cells, Glyphs glyphs) {
  constexpr const char* kUnicode[] = {"▁", "▄", "█", "·"};
  constexpr const char* kAscii[] = {".", "-", "#", "?"};
  if (runs.empty() || cells == 0) return "";
  const auto rank = [](RunMark mark) {  // how bad it is to overlook
    constexpr int kRanks[] = {0, 2, 3, 1};
    return kRanks[static_cast<std::size_t>(mark)];
  };
  const std::size_t share = (runs.size() + cells - 1) / cells;
  std::string drawn;
  // From the oldest on; the last cell always ends with the newest run.
  for (std::size_t cell = (runs.size() + share - 1) / share; cell-- > 0;) {
    RunMark worst = mark_of(runs[cell * share]);
    for (std::size_t i = cell * share; i < std::min(runs.size(), (cell + 1) * share); ++i) {
      if (rank(mark_of(runs[i])) > rank(worst)) worst = mark_of(runs[i]);
    }
    const auto index = static_cast<std::size_t>(worst);
    drawn += glyphs == Glyphs::unicode ? kUnicode[index] : kAscii[index];
  }
  return drawn;
}

}  // namespace chela::heartbeat
