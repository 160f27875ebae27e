// Composition: builds log, ledger, services and plugins out of a Setup, and gives the doors one
// object to talk to.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/gate_probe.h"
#include "app/plugin_network.h"
#include "app/pool.h"
#include "app/setup.h"
#include "base/file_lock.h"
#include "heartbeat/mirroring.h"
#include "heartbeat/ping.h"
#include "heartbeat/tick.h"
#include "services/log.h"
#include "services/ping.h"
#include "services/redact.h"
#include "tasks/ledger.h"

namespace chela::app {

// The state store of plugins, kept in the ledger.
class LedgerState final : public plugin::StateStore {
 public:
  LedgerState(tasks::Ledger& ledger, const services::Redactor& redactor)
      : ledger_(ledger), redactor_(redactor) {}
  Result<std::string> get(std::string_view instance, std::string_view key) override;
  // permission_denied for a known secret: changed silently, the plugin would read what it never
  // wrote.
  Result<void> set(std::string_view instance, std::string_view key,
                   std::string_view value) override;
  Result<void> remove(std::string_view instance, std::string_view key) override;

 private:
  tasks::Ledger& ledger_;
  const services::Redactor& redactor_;
};

// A task backend that is kept like the source.
struct Mirror {
  std::string id;
  Duration every;
  heartbeat::MirrorState state;
};

struct EngineOptions {
  bool log_to_stderr = false;
  std::function<void()> on_change = {};  // a run has ended or given its turn away
};

// One workspace at work. Ticks may overlap. Where a shared_ptr holds it, each run does so, too.
// [loop-thread]
// What confined the last worker that was started in a tick, as JSON; in the ledger's meta.
inline constexpr const char* kMetaEnforced = "enforced";
// Since when each notifier is on: {"phone": milliseconds}; in the ledger's meta.
inline constexpr const char* kMetaNotifiers = "notifiers";

class Engine : public std::enable_shared_from_this<Engine> {
 public:
  // Opens the ledger (a damaged one is set aside, said in notes()). Needs no lock: who ticks takes
  // it.
  static Result<std::unique_ptr<Engine>> open(Setup setup, const services::Clock& clock,
                                              EngineOptions options);

  // One tick. `say` takes each line for people, see heartbeat::Say.
  boost::asio::awaitable<Result<heartbeat::TickReport>> tick(heartbeat::TickRequest request,
                                                             heartbeat::Say say);

  // Hands a message (chela.notifier.message/1) to a notifier and says what the service answered.
  // Where it has taken it, what else it is owed is due at once.
  boost::asio::awaitable<Result<Pool::Delivered>> notify(std::string target, json::value message);
  const std::vector<heartbeat::NotifierRules>& notifiers() const { return notifiers_; }

  // Whether the plugin of the enabled instance `id` takes its settings. not_found where it is none.
  boost::asio::awaitable<Result<void>> try_start(std::string id);

  // A run of a check of which nothing is kept, with `more` in its request.
  boost::asio::awaitable<Result<tasks::CheckReport>> ask_check(std::string check,
                                                               json::object more);

  // One operation of the default task backend; remembers activity for chela.board/1.
  boost::asio::awaitable<Result<json::value>> task(std::string op, json::value request);

  // One operation of the task backend `target`, of which nothing is remembered: for a selftest.
  boost::asio::awaitable<Result<json::value>> ask_backend(std::string target, std::string op,
                                                          json::value request);
  // Is told of every program that runs for a plugin from now on; must outlive the engine's calls.
  void witness_programs(plugin::ExecWitness witness) { services_->on_exec = std::move(witness); }

  // For `chela doctor`: see gate_probe.h.
  boost::asio::awaitable<GateProbe> probe_gate() const {
    return app::probe_gate(*exec_, setup_->installation.worker);
  }

  // What the daemon sleeps until. A corrupt state file is set aside by it, too; the log and the
  // next tick say so.
  Result<heartbeat::Outlook> outlook();
  const heartbeat::CheckRuns& runs() const { return *runs_; }

  // Ticks wait for their runs no longer and fold what is there.
  void hurry() { runs_->hurry(); }
  // Kills the checks that are running, nothing of them counts; no more can be started.
  void end_runs();

  // What task() came to beside its answer: a backend that was put aside, one that works again; and
  // what became of a corrupt state file.
  std::vector<std::string> take_remarks() { return std::exchange(remarks_, {}); }

  // The dead-man ping of host.yaml: when it is due (never where there is none), what to send if
  // that is not after `now`, and how it went. Sending is the caller's, because it takes seconds.
  Timestamp next_ping(Timestamp now) const;
  std::optional<services::PingRequest> ping_request(bool is_well, Timestamp now) const;
  void record_ping(const Result<void>& outcome);
  const heartbeat::PingState& ping_state() const { return ping_state_; }

  // The task backend that new tasks go to, "" where none is on, and those that are kept like it.
  const std::string& task_source() const { return source_; }
  const std::vector<Mirror>& mirrors() const { return mirrors_; }
  // When mirror() has something to do, heartbeat::kNever where there is no mirror. To compare with
  // the same `now`.
  Timestamp next_mirror(Timestamp now) const;
  // Keeps the mirrors like the source: those that are due, one after another, or `only` that one
  // ("*": all) now. Ends early, with what is done, after end_runs(). One call at a time,
  // by who holds lock_mirrors.

  boost::asio::awaitable<std::vector<heartbeat::MirrorRound>> mirror(
      std::string only = "", heartbeat::MirrorWish wish = {});

  // The source has changed: the mirrors are due.
  void want_mirrors() { is_mirror_wanted_ = true; }
  // Another process keeps the mirrors just now (lock_mirrors): they are not due for half a minute.
  void leave_mirrors_for_now();

  // The task backend and other instances that are running end; the next call starts new ones.
  void end_instances() {
    pool_->end_idle();
    network_->net().end_idle();
  }
  // Before the loop is stopped: a login that is being made anew reaches its file.
  boost::asio::awaitable<void> settle_network() { return network_->settle(); }
  void end_idle(std::chrono::steady_clock::time_point before) { pool_->end_idle(before); }

  const Setup& setup() const { return *setup_; }
  tasks::Ledger& ledger() { return *ledger_; }
  services::Log& log() { return *log_; }
  // What is taken out of log lines, reports, errors and task texts; values that are read are told
  // to it.
  services::Redactor& redactor() { return *redactor_; }
  // A provider crashed, hung or lied: counts towards its plugin's quarantine.
  void tell_provider_fault(const std::string& plugin, const std::string& instance,
                           const std::string& what);
  const std::vector<heartbeat::CheckSpec>& checks() const { return checks_; }
  const std::vector<heartbeat::SetupProblem>& problems() const { return problems_; }
  const heartbeat::Zone& zone() const { return zone_; }
  const heartbeat::Policy& policy() const { return policy_; }
  const std::vector<std::string>& notes() const {
    return notes_;
  }  // what was odd at the start, one line each
  Pool& pool() { return *pool_; }

 private:
  Engine() = default;
  Result<void> plan_checks();
  Result<heartbeat::Window> window_of(const config::Window& window) const;
  void plan_notifiers();
  // As the meta has it, now where it has nothing.
  Timestamp since_when(const json::value& was_on, const std::string& id) const;
  void keep_notifiers();
  Result<void> plan_mirrors();
  void say_mirror_troubles();
  boost::asio::awaitable<Result<json::value>> tell_backend(std::string target, std::string op,
                                                           json::value request);
  void check_needs();
  void keep_enforced();
  heartbeat::TickContext context(heartbeat::Say say);
  Result<void> read_quarantines();

  void judge_backend(const BackendRun& run);
  boost::asio::awaitable<heartbeat::Told> tell_notifier(std::string target, json::value message,
                                                        heartbeat::Say say,
                                                        std::shared_ptr<Engine> keep);
  boost::asio::awaitable<Result<json::value>> board(json::value query);

  std::unique_ptr<Setup> setup_;
  const services::Clock* clock_ = nullptr;
  std::unique_ptr<services::Redactor> redactor_;  // outlives the log
  std::unique_ptr<services::Log> log_;
  std::unique_ptr<tasks::Ledger> ledger_;
  std::unique_ptr<LedgerState> state_;
  std::unique_ptr<services::Files> files_;
  std::unique_ptr<services::Exec> exec_;
  std::unique_ptr<PluginNetwork> network_;
  std::unique_ptr<plugin::Services> services_;
  std::unique_ptr<heartbeat::CheckRuns> runs_;
  services::OneAtATime folding_;
  services::OneAtATime dispatching_;
  std::set<std::string> sending_;
  std::unique_ptr<Pool> pool_;
  std::vector<heartbeat::CheckSpec> checks_;
  json::object notifiers_on_;  // as kMetaNotifiers is to be
  std::vector<heartbeat::SetupProblem> problems_;
  std::vector<heartbeat::NotifierRules> notifiers_;
  heartbeat::Policy policy_;
  heartbeat::Zone zone_;
  heartbeat::PingState ping_state_;
  std::string source_;  // the task backend that new tasks go to; "" where none is on
  std::vector<Mirror> mirrors_;
  Timestamp mirrors_are_free_at_{};
  bool is_mirror_wanted_ = false;  // the source has changed under our own hands
  bool is_ending_ = false;
  std::string enforced_;  // as the ledger has it
  std::vector<std::string> notes_;
  std::vector<std::string> remarks_;  // about task backends and the state file: problems
  std::vector<std::string> lifted_;   // and good news
};

// Waits up to `patience` for the lock of a workspace; failed_precondition names the pid that holds
// it.
Result<base::FileLock> lock_workspace(const Setup& setup, Duration patience);

// The same for the mirrors of a workspace: two rounds at once would write twice.
Result<base::FileLock> lock_mirrors(const Setup& setup, Duration patience);

}  // namespace chela::app
