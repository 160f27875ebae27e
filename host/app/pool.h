// Starts instances when they are needed: checks for one run, task backends until they have been
// idle.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "app/setup.h"
#include "heartbeat/tick.h"
#include "plugin/instance.h"
#include "plugin/worker_client.h"
#include "services/clock.h"

namespace chela::app {

// What all instances share; outlives the pool.
struct Shared {
  const Setup& setup;
  const services::Clock& clock;
  services::Log& log;
  const plugin::Services& services;
};

// [loop-thread]
class Pool {
 public:
  explicit Pool(Shared shared) : shared_(shared) {}

  // One run of a check in a fresh instance. Never fails: a failure is a CheckRun.
  boost::asio::awaitable<heartbeat::RunResult> run_check(std::string check, tasks::CheckRow before,
                                                         Timestamp now);

  // One operation of a task backend ("" = the one that is on), started when it does not run yet.
  // not_found where none is on. `fault` takes what the plugin did wrong, if anything.
  boost::asio::awaitable<Result<json::value>> call_backend(std::string target, std::string op,
                                                           json::value request);

  // Ends the backends that have been idle since `before`; all of them by default.
  void end_idle(
      std::chrono::steady_clock::time_point before = std::chrono::steady_clock::time_point::max());

  // Plugins that call_backend() leaves alone until their time is over, by plugin.
  void set_quarantines(std::map<std::string, tasks::QuarantineRow> rows) {
    quarantines_ = std::move(rows);
  }

  // Plugins of task backends that answered since the last call: a trial run that went well.
  std::set<std::string> take_good_backends() { return std::exchange(good_backends_, {}); }

  // Faults of task backends since the last call, for the ledger.
  std::vector<tasks::FaultRow> take_faults() { return std::exchange(faults_, {}); }

  // What confined the last instance that was started; for `chela doctor`.
  const json::object& last_enforced() const { return last_enforced_; }

 private:
  struct Running {
    std::unique_ptr<plugin::Activation> activation;  // outlives the instance
    std::unique_ptr<plugin::Instance> instance;
    std::chrono::steady_clock::time_point last_used;
  };
  struct Started {
    Result<Running> running;
    std::optional<std::string> fault;
  };
  boost::asio::awaitable<Started> start(const config::Instance& manifest);
  Result<void> pin(const plugin::Activation& activation);

  Shared shared_;
  std::map<std::string, Running> backends_;
  std::map<std::string, tasks::QuarantineRow> quarantines_;
  std::set<std::string> good_backends_;
  std::vector<tasks::FaultRow> faults_;
  json::object last_enforced_;
};

}  // namespace chela::app
