#include "app/daemon.h"

#include <sys/inotify.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <csignal>
#include <cstring>
#include <deque>
#include <filesystem>

#include "app/control.h"
#include "app/engine.h"
#include "app/wall_alarm.h"

namespace chela::app {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using Socket = asio::local::stream_protocol::socket;

constexpr auto kAsValue = asio::as_tuple(asio::use_awaitable);
constexpr auto kStopWithin = std::chrono::seconds(4);
constexpr auto kBackendIdle = std::chrono::seconds(60);
constexpr auto kManifestDebounce = std::chrono::milliseconds(300);
constexpr std::size_t kMaxRequestBytes = 64 * 1024;

// A tick that another command asked for, and where its answer goes.
struct Wanted {
  heartbeat::TickRequest request;
  std::shared_ptr<Socket> client;
};

class Daemon {
 public:
  Daemon(const DaemonOptions& options, std::unique_ptr<Engine> engine, base::UniqueFd listener)
      : options_(options),
        engine_(std::move(engine)),
        signals_(io_, SIGTERM, SIGINT, SIGHUP),
        doorbell_(io_),
        stop_timer_(io_),
        idle_timer_(io_),
        manifests_(io_, inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
        debounce_(io_),
        acceptor_(io_, asio::local::stream_protocol(), listener.release()),
        alarm_(io_.get_executor(), [this] { ring(); }) {
    doorbell_.expires_at(asio::steady_timer::time_point::max());
  }

  void run() {
    watch_manifests();
    wait_for_signal();
    wait_for_manifests();
    asio::co_spawn(io_, accept(), asio::detached);
    asio::co_spawn(io_, main_loop(), [this](const std::exception_ptr&) { io_.stop(); });
    io_.run();
  }

 private:
  awaitable<void> main_loop();
  awaitable<void> tick(Wanted wanted);
  awaitable<void> accept();
  awaitable<void> serve(std::shared_ptr<Socket> client);
  void ping_if_due();
  awaitable<void> ping(services::PingRequest request);
  void wait_for_signal();
  void wait_for_manifests();
  void watch_manifests();
  void reload();
  void stop();
  void end_idle_later();
  void ring() { doorbell_.cancel(); }
  void say(const std::string& line) {
    engine_->log().event(services::LogLevel::info, "say", {{"text", line}});
    options_.print(line);
  }

  const DaemonOptions& options_;
  services::SystemClock clock_;
  asio::io_context io_{1};
  std::unique_ptr<Engine> engine_;
  asio::signal_set signals_;
  asio::steady_timer doorbell_;  // never expires; cancelling it wakes the main loop
  asio::steady_timer stop_timer_;
  asio::steady_timer idle_timer_;
  asio::posix::stream_descriptor manifests_;
  asio::steady_timer debounce_;
  asio::local::stream_protocol::acceptor acceptor_;
  WallAlarm alarm_;
  std::deque<Wanted> wanted_;
  bool is_stopping_ = false;
  bool is_pinging_ = false;
  bool is_well_ = true;  // the last tick did what a tick does
  bool wants_reload_ = false;
};

void Daemon::wait_for_signal() {
  signals_.async_wait([this](const boost::system::error_code& error, int signal) {
    if (error) return;
    if (signal == SIGHUP) {
      wants_reload_ = true;
      ring();
    } else if (is_stopping_) {
      io_.stop();  // the second time means now
    } else {
      stop();
    }
    wait_for_signal();
  });
}

void Daemon::stop() {
  is_stopping_ = true;
  ring();
  stop_timer_.expires_after(kStopWithin);
  stop_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) io_.stop();
  });
}

void Daemon::watch_manifests() {
  constexpr std::uint32_t kChanges =
      IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_CREATE | IN_ONLYDIR;
  const auto& folder = engine_->setup().paths.manifests_dir.path;
  const int fd = manifests_.native_handle();
  inotify_add_watch(fd, folder.c_str(), kChanges);
  inotify_add_watch(fd, folder.parent_path().c_str(), IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
  for (const auto kind :
       {config::Kind::check, config::Kind::tasks, config::Kind::notifier, config::Kind::provider}) {
    inotify_add_watch(fd, (folder / config::folder_of(kind)).c_str(), kChanges);
  }
}

void Daemon::wait_for_manifests() {
  manifests_.async_wait(
      asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
        if (error) return;
        char events[4096];
        bool is_relevant = false;
        for (auto got = read(manifests_.native_handle(), events, sizeof events); got > 0;
             got = read(manifests_.native_handle(), events, sizeof events)) {
          for (ssize_t at = 0; at < got;) {
            inotify_event event;
            std::memcpy(&event, events + at, sizeof event);
            const std::string_view name(events + at + sizeof event,
                                        strnlen(events + at + sizeof event, event.len));
            // Temporaries and lock files come and go; manifests end in .yaml, .yml or become .off.
            is_relevant |= name.ends_with(".yaml") || name.ends_with(".yml") ||
                           name.ends_with(".off") || (event.mask & IN_ISDIR) != 0;
            at += static_cast<ssize_t>(sizeof event + event.len);
          }
        }
        if (is_relevant) {
          debounce_.expires_after(kManifestDebounce);
          debounce_.async_wait([this](const boost::system::error_code& cancelled) {
            if (cancelled) return;
            wants_reload_ = true;
            ring();
          });
        }
        wait_for_manifests();
      });
}

void Daemon::reload() {
  wants_reload_ = false;
  const auto refuse = [&](const Error& error) {
    say("the new configuration is not used, the last good one goes on: " + error.message);
  };
  auto setup = load_setup(options_.where);
  if (!setup) return refuse(setup.error());
  if (setup->workspace.path != engine_->setup().workspace.path) {
    return refuse({ErrorCode::failed_precondition,
                   "the workspace has changed; stop chela and start it again"});
  }
  engine_->end_instances();
  auto engine = Engine::open(std::move(*setup), clock_, {});
  if (!engine) return refuse(engine.error());
  engine_ = std::move(*engine);
  watch_manifests();
  engine_->log().event(services::LogLevel::info, "config.reloaded",
                       {{"checks", engine_->checks().size()}});
}

void Daemon::end_idle_later() {
  idle_timer_.expires_after(kBackendIdle);
  idle_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) engine_->end_idle(std::chrono::steady_clock::now() - kBackendIdle / 2);
  });
}

awaitable<void> Daemon::tick(Wanted wanted) {
  std::vector<std::string> said;
  auto report = co_await engine_->tick(std::move(wanted.request), [&](const std::string& line) {
    said.push_back(line);
    say(line);
    return true;
  });
  is_well_ = report.has_value();
  if (report && !wanted.client) {
    for (const auto& problem : report->problems) options_.print(problem);
  }
  if (!report) {
    engine_->log().event(services::LogLevel::error, "tick.failed",
                         {{"error", report.error().message}});
    if (!wanted.client) options_.print("the tick failed: " + report.error().message);
  }
  if (!wanted.client) co_return;
  json::object answer;
  if (report) {
    answer = to_json(summarize(*report, std::move(said)));
  } else {
    answer["error"] = {{"code", static_cast<int>(report.error().code)},
                       {"message", report.error().message}};
  }
  const std::string line = json::serialize(answer) + "\n";
  co_await asio::async_write(*wanted.client, asio::buffer(line), kAsValue);
}

awaitable<void> Daemon::main_loop() {
  int failures = 0;
  while (!is_stopping_) {
    if (wants_reload_) reload();
    if (!wanted_.empty()) {
      Wanted wanted = std::move(wanted_.front());
      wanted_.pop_front();
      co_await tick(std::move(wanted));
      end_idle_later();
      continue;
    }
    const Timestamp now = clock_.now();
    const auto next = engine_->next_due();
    // A ledger that cannot be read (a full disk) is tried again, later and later.
    const Timestamp at = next ? *next : now + std::chrono::seconds(15) * std::min(++failures, 20);
    if (next) failures = 0;
    if (next && at <= now) {
      Wanted wanted;
      co_await tick(std::move(wanted));
      end_idle_later();
      // A check that is due again at once must not spin the loop.
      doorbell_.expires_after(std::chrono::milliseconds(100));
      co_await doorbell_.async_wait(kAsValue);
      doorbell_.expires_at(asio::steady_timer::time_point::max());
      continue;
    }
    ping_if_due();
    alarm_.set(std::min(at, is_pinging_ ? heartbeat::kNever : engine_->next_ping()));
    co_await doorbell_.async_wait(kAsValue);
    doorbell_.expires_at(asio::steady_timer::time_point::max());
  }
}

// Beside the loop, not in it: a service that does not answer must not hold up a check.
void Daemon::ping_if_due() {
  if (is_pinging_ || is_stopping_) return;
  auto request = engine_->ping_request(is_well_);
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

awaitable<void> Daemon::accept() {
  while (true) {
    auto [error, socket] = co_await acceptor_.async_accept(kAsValue);
    if (error == asio::error::operation_aborted) co_return;
    if (error) continue;
    auto client = std::make_shared<Socket>(std::move(socket));
    asio::co_spawn(io_, serve(std::move(client)), asio::detached);
  }
}

awaitable<void> Daemon::serve(std::shared_ptr<Socket> client) {
  std::string text;
  const auto [error, size] = co_await asio::async_read_until(
      *client, asio::dynamic_buffer(text, kMaxRequestBytes), '\n', kAsValue);
  if (error) co_return;
  const auto request = parse_json(text);
  const std::string command = request ? get_string(*request, "command") : "";
  if (command == "tick") {
    wanted_.push_back({request_from(*request), client});
    ring();
    co_return;
  }
  json::object answer{{"pid", static_cast<std::int64_t>(getpid())}};
  if (command != "ping") {
    answer = {{"error",
               {{"code", 3},
                {"message", "this chela does not know that request; is it of another version?"}}}};
  }
  const std::string line = json::serialize(answer) + "\n";
  co_await asio::async_write(*client, asio::buffer(line), kAsValue);
}

}  // namespace

Result<void> run_daemon(const DaemonOptions& options) {
  CHELA_TRY(Setup setup, load_setup(options.where));
  auto lock = lock_workspace(setup, Duration(0));
  if (!lock) {
    return fail(lock.error().code, "another chela is at work on " + setup.workspace.path.string() +
                                       ": " + lock.error().message);
  }
  CHELA_TRY(base::UniqueFd listener, listen_in(setup.workspace_state_dir()));
  const services::SystemClock clock;
  CHELA_TRY(auto engine, Engine::open(std::move(setup), clock, {}));
  options.print("chela is running for " + engine->setup().workspace.path.string() + ", " +
                std::to_string(engine->checks().size()) + " checks (Ctrl-C ends it)");
  for (const auto& problem : engine->problems()) options.print(problem.title);
  engine->log().event(services::LogLevel::info, "run.start", {{"checks", engine->checks().size()}});
  Daemon daemon(options, std::move(engine), std::move(listener));
  daemon.run();
  return {};
}

}  // namespace chela::app
