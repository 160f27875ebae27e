#include "heartbeat/judge_plugin.h"

#include <algorithm>

#include "heartbeat/quarantine.h"

namespace chela::heartbeat {

Result<std::optional<tasks::QuarantineRow>> judge_plugin(
    tasks::Ledger& ledger, const std::string& plugin, const std::optional<tasks::FaultRow>& fault,
    const std::optional<tasks::QuarantineRow>& current, Timestamp now) {
  CHELA_TRY(auto recent, ledger.faults_since(plugin, now - kFaultWindow));
  std::optional<std::string> what;
  if (fault) {
    // after_run counts this run's fault apart from the earlier ones.
    const auto own = std::find_if(recent.begin(), recent.end(), [&](const tasks::FaultRow& row) {
      return row.instance == fault->instance && row.at == fault->at;
    });
    if (own != recent.end()) recent.erase(own);
    what = fault->what;
  }
  const auto change = after_run(plugin, what, recent, current, now);
  if (change.step == QuarantineStep::lift) CHELA_TRY(ledger.lift_quarantine(plugin));
  if (change.step != QuarantineStep::set) return std::optional<tasks::QuarantineRow>();
  CHELA_TRY(ledger.set_quarantine(change.row));
  return std::optional<tasks::QuarantineRow>(change.row);
}

}  // namespace chela::heartbeat
