// Starts instances when they are needed: checks for one run, task backends until they have been
// idle.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "app/setup.h"
#include "heartbeat/quarantine.h"
#include "heartbeat/run_checks.h"
#include "models/provider_pool.h"
#include "plugin/instance.h"
#include "plugin/service_calls.h"
#include "plugin/worker_client.h"
#include "services/clock.h"
#include "services/one_at_a_time.h"
#include "services/redact.h"

namespace chela::app {

// What all instances share; outlives the pool.
struct Shared {
  const Setup& setup;
  const services::Clock& clock;
  services::Log& log;
  const services::Redactor& redactor;
  const plugin::Services& services;
  std::string timezone = "local";  // an IANA name where there is one
};

// One run of a task backend's code, as the quarantine rule wants it.
struct BackendRun {
  std::string plugin;
  std::string instance;
  heartbeat::PluginRun run;
};

// [loop-thread]
class Pool {
 public:
  // `judge` is told of every run of a task backend before anybody calls it again.
  Pool(Shared shared, std::function<void(const BackendRun&)> judge)
      : shared_(shared), judge_(std::move(judge)) {}

  // One run of a check in a fresh instance. Never fails: a failure is a CheckRun.
  boost::asio::awaitable<heartbeat::RunResult> run_check(std::string check, tasks::CheckRow before,
                                                         Timestamp now);

  // The same run for somebody who asks, with `more` in the request (`brief`, `learn`): nothing of
  // it is recorded, and its cursor is not kept. not_found where no such check is on.
  boost::asio::awaitable<Result<tasks::CheckReport>> ask_check(std::string check,
                                                               tasks::CheckRow before,
                                                               Timestamp now, json::object more);

  // Starts an instance and ends it: whether its plugin takes its settings. Nothing is recorded.
  boost::asio::awaitable<Result<void>> try_start(const config::Instance& manifest);

  // Hands one message to a notifier in a fresh instance. not_found where no such one is on;
  // unavailable while it is quarantined.
  struct Delivered {
    std::string answer;              // what the service said, safe to show
    std::vector<std::string> lines;  // that the notifier wants printed, safe to show
  };
  // `not_before` (may be null) is set where the service has asked to be left alone until then.
  boost::asio::awaitable<Result<Delivered>> notify(std::string target, json::value message,
                                                   Timestamp* not_before = nullptr);

  // One operation of a task backend ("" = the source), started when it does not run yet;
  // calls of one backend wait for each other. not_found where none is on. unavailable where it is
  // quarantined, and where it crashed and is not to be started again yet: after a crash that takes
  // 1, 2, 4 .. 64 s, until it answers what it crashed in.
  boost::asio::awaitable<Result<json::value>> call_backend(std::string target, std::string op,
                                                           json::value request);

  // A provider's plugin, confined as its manifest says. unavailable while it is quarantined.
  boost::asio::awaitable<Result<models::StartedProvider>> start_provider(
      const config::Instance& manifest);

  // Ends the backends that nobody calls and that have been idle since `before`; all of them by
  // default.
  void end_idle(
      std::chrono::steady_clock::time_point before = std::chrono::steady_clock::time_point::max());

  // Kills the checks that are running and starts no more.
  void end_checks();

  // Plugins that call_backend() leaves alone until their time is over, by plugin.
  void set_quarantines(std::map<std::string, tasks::QuarantineRow> rows) {
    quarantines_ = std::move(rows);
  }

  // What confined the last instance that was started; for `chela doctor`.
  const json::object& last_enforced() const { return last_enforced_; }

 private:
  using Steady = std::chrono::steady_clock::time_point;
  struct Running {
    std::unique_ptr<plugin::Activation> activation;  // outlives the instance
    std::unique_ptr<plugin::Instance> instance;
  };
  struct Started {
    Result<Running> running;
    std::optional<std::string> fault;
    bool is_machine_trouble = false;
  };
  struct Backend {
    services::OneAtATime door;
    std::optional<Running> running;
    Steady last_used;
    int crashes = 0;         // since it answered what it crashed in
    std::string crashed_in;  // an operation; "" = while it was started, or between two calls
    Steady not_before;
  };
  // One call in a fresh instance that ends with it.
  struct Once {
    plugin::CallOutcome outcome;
    heartbeat::Reach reach = heartbeat::Reach::plugin;
  };
  boost::asio::awaitable<Once> run_once(const config::Instance& manifest, std::string op,
                                        json::value request);
  json::object check_request(const std::string& check, const tasks::CheckRow& before,
                             Timestamp now) const;
  boost::asio::awaitable<Started> start(const config::Instance& manifest);
  boost::asio::awaitable<Result<void>> make_ready(Backend& backend,
                                                  const config::Instance& manifest);
  Result<void> ask_quarantine(const config::Instance& manifest) const;
  void crashed(Backend& backend, const config::Instance& manifest, const std::string& op,
               const std::string& fault, Timestamp started);
  Result<void> pin(const plugin::Activation& activation);

  Shared shared_;
  std::function<void(const BackendRun&)> judge_;
  std::map<std::string, Backend> backends_;  // by instance; never removed, frames refer to them
  std::map<std::string, tasks::QuarantineRow> quarantines_;
  std::set<std::string> trials_;        // plugins of quarantined backends that are called now
  std::set<plugin::Instance*> checks_;  // that are running
  bool is_ending_ = false;
  json::object last_enforced_;
};

}  // namespace chela::app
