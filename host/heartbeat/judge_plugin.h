// Applies the quarantine rule to the runs of a tick, or to one call, with what the ledger knows of
// the plugins.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "heartbeat/quarantine.h"
#include "tasks/ledger.h"

namespace chela::heartbeat {

// Decides run after run, then writes once. `ledger` must outlive it.
class Judge {
 public:
  Judge(tasks::Ledger& ledger, Timestamp now) : ledger_(ledger), now_(now) {}

  // One run; the ledger must not hold its fault yet.
  Result<void> take(const std::string& plugin, const std::string& instance, const PluginRun& run);
  // Writes what was decided.
  Result<void> apply();

  const std::vector<std::string>& problems() const { return problems_; }  // who was put aside
  const std::vector<std::string>& lifted() const { return lifted_; }      // who works again

 private:
  struct Known {
    Standing standing;
    std::vector<tasks::FaultRow> faults;
    bool has_changed = false;
  };
  Result<Known*> look_up(const std::string& plugin);

  tasks::Ledger& ledger_;
  Timestamp now_;
  std::map<std::string, Known> known_;
  std::vector<std::string> problems_;
  std::vector<std::string> lifted_;
};

// A person lifts the quarantine of `plugin`; returns the row that was. failed_precondition where it
// is not put aside.
Result<tasks::QuarantineRow> release(tasks::Ledger& ledger, const std::string& plugin,
                                     Timestamp now);

}  // namespace chela::heartbeat
