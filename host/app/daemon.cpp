#include "app/daemon.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <deque>

#include "app/control.h"
#include "app/control_door.h"
#include "app/engine.h"
#include "app/loop_watch.h"
#include "app/manifest_watch.h"
#include "app/wall_alarm.h"
#include "base/service_manager.h"

namespace chela::app {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using std::chrono::steady_clock;

constexpr auto kAsValue = asio::as_tuple(asio::use_awaitable);
constexpr auto kHurryAfter = std::chrono::seconds(2);  // of SIGTERM
constexpr auto kStopWithin = std::chrono::seconds(4);
constexpr auto kLastWords =
    std::chrono::milliseconds(500);  // of these, for what is ended to come back
constexpr auto kBackendIdle = std::chrono::seconds(60);
constexpr auto kBreath = std::chrono::milliseconds(100);  // between two ticks
// What should have begun this long ago and has not: the watchdog's timer is left to run out.
constexpr auto kOverdue = std::chrono::minutes(5);
constexpr auto kNoTime = steady_clock::time_point::max();

// A tick that another command asked for, and where its answer goes.
struct Wanted {
  heartbeat::TickRequest request;
  std::shared_ptr<Client> client;
};

LoopWatchSettings watch_settings(const base::ServiceManager& manager) {
  LoopWatchSettings settings;
  if (manager.watchdog()) settings.abort_steps = 0;  // the manager does it
  return settings;
}

class Daemon {
 public:
  Daemon(const DaemonOptions& options, base::ServiceManager& manager, base::UniqueFd listener)
      : options_(options),
        manager_(manager),
        signals_(io_, SIGTERM, SIGINT, SIGHUP),
        doorbell_(io_),
        breath_(io_),
        stop_timer_(io_),
        idle_timer_(io_),
        alive_timer_(io_),
        manifests_(io_.get_executor(), [this] { want_reload(); }),
        door_(io_, std::move(listener), calls()),
        alarm_(io_.get_executor(), [this] { ring(); }),
        watch_(io_, watch_settings(manager), [this](auto time) { say_blocked(time); }) {}

  Result<void> open(Setup setup);
  void run();

 private:
  Result<std::shared_ptr<Engine>> make_engine(Setup setup);
  awaitable<void> main_loop();
  awaitable<void> round();
  awaitable<void> breathe();
  awaitable<void> rest(steady_clock::time_point until);
  awaitable<void> tick(std::shared_ptr<Engine> engine, Wanted wanted);
  void begin_tick(Wanted wanted);
  awaitable<void> reload();
  void ping_if_due(Timestamp now);
  awaitable<void> ping(services::PingRequest request);
  void mirror_if_due(Timestamp now);
  awaitable<void> mirror(std::shared_ptr<Engine> engine);
  void wait_for_signal();
  void stop();
  void end_idle_later();
  void keep_alive();
  void say_blocked(std::chrono::milliseconds time);
  void show(const heartbeat::Outlook& outlook);
  void want_reload() {
    wants_reload_ = true;
    ring();
  }
  ControlDoor::Calls calls() {
    return {[this](heartbeat::TickRequest request, std::shared_ptr<Client> client) {
              wanted_.push_back({std::move(request), std::move(client)});
              ring();
            },
            [this] {
              engine_->want_mirrors();
              ring();
            }};
  }
  void ring() {
    is_rung_ = true;
    doorbell_.cancel();
  }
  void say(const std::string& line) {
    engine_->log().event(services::LogLevel::info, "say", {{"text", line}});
    options_.print(line);
  }

  const DaemonOptions& options_;
  base::ServiceManager& manager_;
  services::SystemClock clock_;
  asio::io_context io_{1};
  std::shared_ptr<Engine> engine_;  // shared with the frames of its ticks and runs
  asio::signal_set signals_;
  asio::steady_timer doorbell_;  // what the main loop waits on; cancelling it wakes it
  bool is_rung_ = false;
  asio::steady_timer breath_;
  asio::steady_timer stop_timer_;
  asio::steady_timer idle_timer_;
  asio::steady_timer alive_timer_;
  ManifestWatch manifests_;
  ControlDoor door_;
  WallAlarm alarm_;
  LoopWatch watch_;
  std::deque<Wanted> wanted_;
  int ticks_ = 0;     // under way
  int failures_ = 0;  // of ticks, in a row
  std::optional<steady_clock::time_point> retry_at_;
  Timestamp planned_at_ = heartbeat::kNever;  // when the main loop means to wake
  std::optional<steady_clock::time_point> overdue_since_;
  std::string status_;
  bool is_stopping_ = false;
  bool is_pinging_ = false;
  bool is_mirroring_ = false;
  bool is_well_ = true;  // the last tick did what a tick does
  bool wants_reload_ = false;
};

Result<std::shared_ptr<Engine>> Daemon::make_engine(Setup setup) {
  EngineOptions options;
  options.on_change = [this] { ring(); };
  CHELA_TRY(auto engine, Engine::open(std::move(setup), clock_, std::move(options)));
  return std::shared_ptr<Engine>(std::move(engine));
}

Result<void> Daemon::open(Setup setup) {
  CHELA_TRY(engine_, make_engine(std::move(setup)));
  options_.print("chela is running for " + engine_->setup().workspace.path.string() + ", " +
                 std::to_string(engine_->checks().size()) + " checks (Ctrl-C ends it)");
  for (const auto& problem : engine_->problems()) options_.print(problem.title);
  engine_->log().event(services::LogLevel::info, "run.start",
                       {{"checks", engine_->checks().size()}});
  return {};
}

void Daemon::run() {
  manifests_.look_at(engine_->setup().paths.manifests_dir.path);
  wait_for_signal();
  door_.open();
  asio::co_spawn(io_, main_loop(), [this](const std::exception_ptr&) { io_.stop(); });
  manager_.ready("started");
  keep_alive();
  io_.run();
  watch_.turn_off();
  engine_->end_runs();
  engine_->end_instances();
}

void Daemon::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    if (signal == SIGHUP) {
      want_reload();
    } else if (is_stopping_) {
      io_.stop();  // the second time means now
    } else {
      stop();
    }
    wait_for_signal();
  });
}

// Ticks get two seconds for their runs, then they fold what has come back, which gets two more.
void Daemon::stop() {
  is_stopping_ = true;
  manager_.stopping();
  ring();
  stop_timer_.expires_after(kHurryAfter);
  stop_timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    engine_->hurry();
    stop_timer_.expires_after(kStopWithin - kHurryAfter - kLastWords);
    stop_timer_.async_wait([this](const boost::system::error_code& late) {
      if (late) return;
      engine_->end_runs();  // what hangs comes back as cancelled, and its frames end by themselves
      stop_timer_.expires_after(kLastWords);
      stop_timer_.async_wait([this](const boost::system::error_code& over) {
        if (!over) io_.stop();
      });
    });
  });
}

// Loads everything anew. The old engine's checks are killed and nothing of them counts; its ticks
// end before the new one begins.
awaitable<void> Daemon::reload() {
  wants_reload_ = false;
  manager_.reloading();
  const auto refuse = [&](const Error& error) {
    say("the new configuration is not used, the last good one goes on: " + error.message);
    status_.clear();
    manager_.ready("the new configuration is not used");
  };
  auto setup = load_setup(options_.where);
  if (!setup) {
    refuse(setup.error());
    co_return;
  }
  if (setup->workspace.path != engine_->setup().workspace.path) {
    refuse({ErrorCode::failed_precondition,
            "the workspace has changed; stop chela and start it again"});
    co_return;
  }
  auto engine = make_engine(std::move(*setup));
  if (!engine) {
    refuse(engine.error());
    co_return;
  }
  engine_->end_runs();
  while (ticks_ > 0 && !is_stopping_) co_await rest(kNoTime);
  engine_->end_instances();
  engine_ = std::move(*engine);
  manifests_.look_at(engine_->setup().paths.manifests_dir.path);
  engine_->log().event(services::LogLevel::info, "config.reloaded",
                       {{"checks", engine_->checks().size()}});
  retry_at_.reset();
  status_.clear();
  manager_.ready("reloaded");
}

void Daemon::end_idle_later() {
  idle_timer_.expires_after(kBackendIdle);
  idle_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) engine_->end_idle(steady_clock::now() - kBackendIdle / 2);
  });
}

// At half the manager's interval, and only while the heartbeat beats: a main loop that waits for
// something that never comes is as dead as a loop that is stuck.
void Daemon::keep_alive() {
  const auto interval = manager_.watchdog();
  if (!interval) return;
  const auto now = steady_clock::now();
  if (clock_.now() <= planned_at_) {
    overdue_since_.reset();
  } else if (!overdue_since_) {
    overdue_since_ = now;
  }
  if (!overdue_since_ || now - *overdue_since_ < kOverdue) manager_.alive();
  alive_timer_.expires_after(*interval / 2);
  alive_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) keep_alive();
  });
}

void Daemon::say_blocked(std::chrono::milliseconds time) {
  engine_->log().event(services::LogLevel::warn, "loop.blocked",
                       {{"for", base::describe_duration(time)}});
}

// The manager's status line, when it has changed.
void Daemon::show(const heartbeat::Outlook& outlook) {
  std::string status = std::to_string(outlook.open_alerts) + " open alerts; ";
  status += outlook.check.empty()
                ? "no check is planned"
                : "next check " + outlook.check + " at " + base::format_utc(outlook.check_at);
  const auto running = engine_->runs().under_way().size();
  if (running > 0) status += "; " + std::to_string(running) + " running";
  if (status == status_) return;
  status_ = std::move(status);
  manager_.status(status_);
}

void Daemon::begin_tick(Wanted wanted) {
  ++ticks_;
  wanted.request.patience = wanted.client ? heartbeat::Patience::tick : heartbeat::Patience::turn;
  asio::co_spawn(io_, tick(engine_, std::move(wanted)), asio::detached);
}

awaitable<void> Daemon::tick(std::shared_ptr<Engine> engine, Wanted wanted) {
  std::vector<std::string> said;
  auto report = co_await engine->tick(std::move(wanted.request), [&](const std::string& line) {
    said.push_back(line);
    say(line);
    return true;
  });
  if (!wanted.client) is_well_ = report.has_value();
  if (report && !wanted.client) {
    for (const auto& problem : report->problems) options_.print(problem);
  }
  if (!report) {
    engine->log().event(services::LogLevel::error, "tick.failed",
                        {{"error", report.error().message}});
    if (!wanted.client) {
      options_.print("the tick failed: " + report.error().message);
      // A disk that is full now is so in a moment: later and later.
      retry_at_ = steady_clock::now() + std::chrono::seconds(15) * std::min(++failures_, 20);
    }
  } else if (!wanted.client) {
    failures_ = 0;
  }
  --ticks_;
  end_idle_later();
  ring();
  if (!wanted.client) co_return;
  json::object document;
  if (report) {
    document = to_json(summarize(*report, std::move(said)));
  } else {
    document["error"] = {{"code", static_cast<int>(report.error().code)},
                         {"message", report.error().message}};
  }
  co_await answer(std::move(wanted.client), std::move(document));
}

// Waits until somebody rings, or `until`. Nobody watches the loop while nothing is under way.
awaitable<void> Daemon::rest(steady_clock::time_point until) {
  if (!is_rung_) {
    if (ticks_ == 0 && !is_mirroring_ && engine_->runs().under_way().empty()) watch_.turn_off();
    doorbell_.expires_at(until);
    co_await doorbell_.async_wait(kAsValue);
    watch_.turn_on();
  }
  is_rung_ = false;
}

// Time for a tick to choose; and a check that is due again at once must not spin the loop.
awaitable<void> Daemon::breathe() {
  breath_.expires_after(kBreath);
  co_await breath_.async_wait(kAsValue);
}

// Looks once at what there is to do, begins it and waits for the next occasion.
awaitable<void> Daemon::round() {
  if (wants_reload_) co_await reload();
  if (is_stopping_) co_return;
  if (!wanted_.empty()) {
    Wanted wanted = std::move(wanted_.front());
    wanted_.pop_front();
    begin_tick(std::move(wanted));
    co_await breathe();
    co_return;
  }
  if (retry_at_ && steady_clock::now() < *retry_at_) {
    ping_if_due(clock_.now());
    planned_at_ = clock_.now() + std::chrono::ceil<Duration>(*retry_at_ - steady_clock::now());
    co_await rest(*retry_at_);
    co_return;
  }
  retry_at_.reset();
  const auto outlook = engine_->outlook();
  if (!outlook) {  // the ledger cannot be read
    is_well_ = false;
    engine_->log().event(services::LogLevel::error, "ledger.unreadable",
                         {{"error", outlook.error().message}});
    retry_at_ = steady_clock::now() + std::chrono::seconds(15) * std::min(++failures_, 20);
    co_return;
  }
  const Timestamp now = clock_.now();
  const auto& runs = engine_->runs();
  const bool may_start = outlook->check_at <= now && runs.has_free_turn();
  if (may_start || runs.has_results() || (outlook->outbox_at <= now && ticks_ == 0)) {
    Wanted wanted;
    begin_tick(std::move(wanted));
    co_await breathe();
    co_return;
  }
  ping_if_due(now);
  mirror_if_due(now);
  show(*outlook);
  // What is due but has to wait is waited for by the bell: a turn, or a tick, will end.
  planned_at_ = std::min(outlook->check_at <= now ? heartbeat::kNever : outlook->check_at,
                         outlook->outbox_at <= now ? heartbeat::kNever : outlook->outbox_at);
  if (!is_pinging_) planned_at_ = std::min(planned_at_, engine_->next_ping(now));
  if (!is_mirroring_) planned_at_ = std::min(planned_at_, engine_->next_mirror(now));
  alarm_.set(planned_at_);
  co_await rest(kNoTime);
}

awaitable<void> Daemon::main_loop() {
  watch_.turn_on();
  while (!is_stopping_) {
    co_await round();
    planned_at_ = clock_.now();
  }
  while (ticks_ > 0) co_await rest(kNoTime);
  co_await engine_->settle_network();  // the timer of stop() bounds it
}

// Beside the loop, not in it: a service that does not answer must not hold up a check.
void Daemon::ping_if_due(Timestamp now) {
  if (is_pinging_ || is_stopping_) return;
  auto request = engine_->ping_request(is_well_, now);
  if (!request) return;
  is_pinging_ = true;
  asio::co_spawn(io_, ping(std::move(*request)), asio::detached);
}

awaitable<void> Daemon::ping(services::PingRequest request) {
  const auto outcome = co_await services::send_ping(std::move(request));
  engine_->record_ping(outcome);
  is_pinging_ = false;
  ring();
}

// Beside the loop as well, and one round at a time, also over a reload.
void Daemon::mirror_if_due(Timestamp now) {
  if (is_mirroring_ || is_stopping_ || engine_->next_mirror(now) > now) return;
  is_mirroring_ = true;
  asio::co_spawn(io_, mirror(engine_), asio::detached);
}

awaitable<void> Daemon::mirror(std::shared_ptr<Engine> engine) {
  if (const auto lock = lock_mirrors(engine->setup(), Duration(0))) {
    co_await engine->mirror();
  } else {
    engine->leave_mirrors_for_now();
  }
  is_mirroring_ = false;
  end_idle_later();
  ring();
}

}  // namespace

Result<void> run_daemon(const DaemonOptions& options) {
  base::ServiceManager manager(base::take_service_environment());
  CHELA_TRY(Setup setup, load_setup(options.where));
  auto lock = lock_workspace(setup, Duration(0));
  if (!lock) {
    return fail(lock.error().code, "another chela is at work on " + setup.workspace.path.string() +
                                       ": " + lock.error().message);
  }
  CHELA_TRY(base::UniqueFd listener, listen_in(setup.workspace_state_dir()));
  Daemon daemon(options, manager, std::move(listener));
  CHELA_TRY(daemon.open(std::move(setup)));
  daemon.run();
  return {};
}

}  // namespace chela::app
