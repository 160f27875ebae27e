// `chela tick` and `chela run`.
#include <cstdio>

#include "app/control.h"
#include "app/daemon.h"
#include "cli/output.h"
#include "cli/session.h"

namespace chela::cli {
namespace {

constexpr Duration kLockPatience = std::chrono::seconds(10);
constexpr Duration kDaemonPatience =
    std::chrono::minutes(10);  // a tick with many checks takes its time

// False where the line did not get out: the reader has gone, the disk below is full.
bool print_line(const std::string& line) {
  const bool is_crit = line.starts_with("[crit]");
  const bool is_warn = line.starts_with("[warn]");
  const bool is_good = line.starts_with("[recovered]");
  const Tone tone = is_crit ? Tone::bad : is_warn ? Tone::warn : is_good ? Tone::good : Tone::plain;
  return std::printf("%s\n", tinted(tone, line).c_str()) >= 0 && std::fflush(stdout) == 0;
}

// What is left to print once the lines are out.
int finish(const Global& global, const TickCommand& command, const app::TickSummary& summary) {
  if (global.json) {
    print_json(app::to_json(summary));
    return summary.problems.empty() ? kOk : kFailed;
  }
  for (const auto& problem : summary.problems) std::fprintf(stderr, "chela: %s\n", problem.c_str());
  if (command.dry_run) {
    for (const auto& check : summary.would_run) std::printf("would run %s\n", check.c_str());
    if (summary.would_run.empty()) std::printf("nothing is due\n");
    return kOk;
  }
  const bool is_quiet = summary.lines.empty() && summary.problems.empty();
  if (is_quiet && !command.quiet) std::printf("HEARTBEAT_OK\n");
  return summary.problems.empty() ? kOk : kFailed;
}

void print_explanations(const Global& global, const std::vector<std::string>& lines) {
  if (global.json) return;
  for (const auto& line : lines) std::printf("%s\n", tinted(Tone::dim, line).c_str());
}

// Hands the tick to the daemon of this workspace; unavailable where none runs.
Result<int> tick_in_daemon(const Global& global, const TickCommand& command,
                           const app::Setup& setup, const heartbeat::TickRequest& request) {
  CHELA_TRY(const json::value answer,
            app::ask_daemon(setup.workspace_state_dir(), app::to_json(request), kDaemonPatience));
  const auto summary = app::summary_from(answer);
  print_explanations(global, summary.explanations);
  if (!global.json) {
    for (const auto& line : summary.lines) print_line(line);
  }
  return finish(global, command, summary);
}

// The heartbeat's dead-man ping, where one is configured and due. Last, because it may take
// seconds; the next chela need not wait for it.
void ping(app::Engine& engine, Result<base::FileLock> lock, bool is_well, Timestamp now) {
  lock = fail(ErrorCode::cancelled, "given back");
  if (auto request = engine.ping_request(is_well, now))
    engine.record_ping(wait_for(engine, services::send_ping(std::move(*request))));
}

// Last of all, without the lock of ticks: a first round over ssh takes minutes.
void keep_mirrors(app::Engine& engine, Timestamp now) {
  if (engine.next_mirror(now) > now) return;
  if (const auto lock = app::lock_mirrors(engine.setup(), Duration(0)))
    wait_for(engine, engine.mirror());
}

// The same where not even the ledger can be opened, so that nothing can be remembered about pings.
void ping_failure(const std::string& program, const std::string& url) {
  boost::asio::io_context io(1);
  services::PingRequest request{program, heartbeat::ping_url(url, false)};
  boost::asio::co_spawn(io, services::send_ping(std::move(request)),
                        [](const std::exception_ptr&, const Result<void>&) {});
  io.run();
}

}  // namespace

int run_tick(const Global& global, const TickCommand& command) {
  heartbeat::TickRequest request;
  request.all = command.all;
  request.dry_run = command.dry_run;
  request.explain = command.explain;
  if (!command.check.empty()) request.check = command.check;

  auto setup = app::load_setup(global.where);
  if (!setup) return report(setup.error());
  const auto handed_over = tick_in_daemon(global, command, *setup, request);
  if (handed_over) return *handed_over;
  if (handed_over.error().code != ErrorCode::unavailable) return report(handed_over.error());

  auto lock = app::lock_workspace(*setup, kLockPatience);
  if (!lock) return report(lock.error());
  const services::SystemClock clock;
  const auto ping_url = setup->host.ping ? setup->host.ping->url : "";
  const auto ping_program = setup->installation.ping;
  auto engine = app::Engine::open(std::move(*setup), clock, {});
  if (!engine) {
    const int code = report(engine.error());
    if (!ping_url.empty()) ping_failure(ping_program, ping_url);
    return code;
  }
  std::vector<std::string> said;
  auto say = [&](const std::string& line) {
    said.push_back(line);
    // With --explain the reasons come first.
    return global.json || command.explain || print_line(line);
  };
  auto result = wait_for(**engine, (*engine)->tick(std::move(request), say));
  if (!result) {
    const int code = report(result.error());
    // A check that is not there is a slip of the pen, not a heartbeat in trouble.
    if (command.check.empty()) ping(**engine, std::move(lock), false, clock.now());
    return code;
  }
  const auto summary = app::summarize(*result, std::move(said));
  print_explanations(global, summary.explanations);
  if (!global.json && command.explain) {
    for (const auto& line : summary.lines) print_line(line);
  }
  const int code = finish(global, command, summary);
  std::fflush(stdout);
  if (command.dry_run) return code;
  ping(**engine, std::move(lock), true, clock.now());
  keep_mirrors(**engine, clock.now());

  return code;
}

int run_daemon_command(const Global& global) {
  app::DaemonOptions options;
  options.where = global.where;
  options.print = [](const std::string& line) {
    std::printf("%s  %s\n", base::format_utc(base::now()).c_str(), line.c_str());
    std::fflush(stdout);
  };
  const auto result = app::run_daemon(options);
  return result ? kOk : report(result.error());
}

}  // namespace chela::cli
