// The part of a tick in which checks run: who comes after whom, and what is said of the outcome.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <utility>
#include <vector>

#include "heartbeat/needs.h"
#include "heartbeat/run_checks.h"
#include "heartbeat/tick.h"

namespace chela::heartbeat {

std::vector<Needer> needers(const TickContext& context);
const CheckSpec* find_check(const TickContext& context, std::string_view check);  // nullptr: none
const std::string& plugin_of(const TickContext& context, const std::string& check);  // "": none's

// Starts what was chosen and waits for it; checks that need others of them come after these, and
// not at all where one of these turns out to be down, or does not come back in time. A check that
// was asked for by name runs in any case. `rows` are those of the checks, `chosen` positions of
// context.checks.
boost::asio::awaitable<RunsOfTick> run_chosen(TickContext& context, CheckRuns& runs,
                                              RowsByCheck rows, Timestamp now,
                                              std::vector<std::size_t> chosen, bool is_by_name,
                                              Patience patience);

// Logs the runs, says what could not be done, and moves them into the report.
void report_runs(TickContext& context, RunsOfTick ran, Patience patience, TickReport& report);

// Gives the checks of the folded runs free again, at the latest at the end of the scope.
class Leases {
 public:
  Leases(CheckRuns& runs, const std::vector<RunResult>& results) : runs_(runs) {
    for (const auto& result : results) checks_.push_back(result.run.check);
  }
  Leases(const Leases&) = delete;
  Leases& operator=(const Leases&) = delete;
  ~Leases() { end(); }
  void end() { runs_.recorded(std::exchange(checks_, {})); }

 private:
  CheckRuns& runs_;
  std::vector<std::string> checks_;
};

}  // namespace chela::heartbeat
