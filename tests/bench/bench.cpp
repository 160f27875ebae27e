// Prints the table of budgets: medians of whole processes and of calls, with the machine's own
// floors beside them.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "app/engine.h"
#include "base/process.h"
#include "check_bench.h"
#include "heartbeat/schedule.h"
#include "http_bench.h"
#include "model_bench.h"
#include "plugin/in_process.h"
#include "plugin/worker_client.h"
#include "redaction.h"

namespace {

namespace fs = std::filesystem;
namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using namespace chela;

double ms_since(Clock::time_point begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

template <class Work>
double median_ms(int runs, Work work) {
  std::vector<double> times;
  work();  // warm
  for (int i = 0; i < runs; ++i) {
    const auto begin = Clock::now();
    work();
    times.push_back(ms_since(begin));
  }
  return median(std::move(times));
}

// Budget and floor are words: they carry their unit.
void row(const char* what, const std::string& measured, const char* budget,
         const std::string& floor) {
  std::printf("%-46s %14s %18s   %s\n", what, measured.c_str(), budget, floor.c_str());
}
std::string in_ms(double ms) {
  char text[32];
  std::snprintf(text, sizeof text, ms < 1 ? "%.3f ms" : "%.1f ms", ms);
  return text;
}
std::string in_us(double ms) {
  char text[32];
  std::snprintf(text, sizeof text, "%.2f us", ms * 1000);
  return text;
}

// One whole process: its wall time, and into `max_kb` its peak memory.
double process_ms(const std::vector<std::string>& argv, const std::vector<std::string>& env,
                  long* max_kb) {
  std::vector<char*> args, vars;
  for (const auto& arg : argv) args.push_back(const_cast<char*>(arg.c_str()));
  for (const auto& var : env) vars.push_back(const_cast<char*>(var.c_str()));
  args.push_back(nullptr);
  vars.push_back(nullptr);
  static const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
  const auto begin = Clock::now();
  const pid_t pid = vfork();
  if (pid == 0) {
    dup2(null, 1);
    execve(args[0], args.data(), vars.data());
    _exit(127);
  }
  rusage usage{};
  int status = 0;
  wait4(pid, &status, 0, &usage);
  if (max_kb != nullptr) *max_kb = std::max(*max_kb, usage.ru_maxrss);
  return ms_since(begin);
}

struct Place {
  fs::path home, workspace;
  std::vector<std::string> env;
};

Place make_place() {
  Place place;
  const fs::path root = fs::path(CHELA_BINARY_DIR) / "bench";
  fs::remove_all(root);
  place.home = root / "home";
  place.workspace = root / "workspace";
  fs::create_directories(place.workspace);
  fs::create_directories(place.home / "manifests/checks");
  for (int i = 0; i < 17; ++i) {  // with the three built-in checks: 20
    std::ofstream out(place.home / "manifests/checks" / ("tasks-" + std::to_string(i) + ".yaml"));
    out << "id: tasks-" << i << "\nplugin: check.tasks\nevery: 24h\nallow: {board: read}\n";
  }
  place.env = {"HOME=" + root.string(), "CHELA_HOME=" + place.home.string(), "PATH=/usr/bin:/bin",
               "TZ=UTC"};
  return place;
}

void bench_processes(const Place& place, const std::string& chela) {
  long kb = 0;
  std::vector<double> times, floor;
  for (int i = 0; i < 40; ++i) {
    times.push_back(process_ms({chela, "--version"}, place.env, &kb));
    floor.push_back(process_ms({"/bin/true"}, place.env, nullptr));
  }
  row("chela --version", in_ms(median(times)) + ", " + std::to_string(kb / 1024) + " MB",
      "10 ms, 15 MB", "exec of /bin/true " + in_ms(median(floor)));
  const std::vector<std::string> tick{chela, "tick", "--workspace", place.workspace.string()};
  auto all = tick;
  all.emplace_back("--all");
  process_ms(all, place.env, nullptr);
  process_ms(tick, place.env, nullptr);
  kb = 0;
  times.clear();
  for (int i = 0; i < 40; ++i) times.push_back(process_ms(tick, place.env, &kb));
  row("chela tick, nothing due, 20 checks",
      in_ms(median(times)) + ", " + std::to_string(kb / 1024) + " MB", "20 ms, 20 MB", "");
}

double socket_round_trip_us() {
  int fds[2];
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0) return 0;
  std::thread echo([&] {
    char byte[64];
    while (read(fds[1], byte, sizeof byte) > 0) {
      if (write(fds[1], byte, sizeof byte) < 0) break;
    }
  });
  char bytes[64] = {};
  const double ms = median_ms(2000, [&] {
    if (write(fds[0], bytes, sizeof bytes) < 0 || read(fds[0], bytes, sizeof bytes) < 0) return;
  });
  close(fds[0]);
  echo.join();
  close(fds[1]);
  return ms;
}

template <class T>
T wait_for(asio::awaitable<T> work) {
  asio::io_context io(1);
  std::optional<T> result;
  asio::co_spawn(io, std::move(work),
                 [&](const std::exception_ptr&, T value) { result.emplace(std::move(value)); });
  io.run();
  return std::move(*result);
}

config::Instance echo_instance(config::Isolation isolation) {
  config::Instance instance;
  instance.id = "echo";
  instance.plugin = "check.echo";
  instance.every = std::chrono::hours(1);
  instance.isolation = isolation;
  return instance;
}

asio::awaitable<bool> bench_worker(const app::Setup& setup, plugin::WorkerSettings settings,
                                   const plugin::Activation& activation,
                                   const plugin::Services& services, services::Log& log) {
  std::vector<double> starts, calls;
  for (int i = 0; i < 50; ++i) {
    const auto begin = Clock::now();
    auto outcome = co_await plugin::start_worker(settings, activation, services, log);
    starts.push_back(ms_since(begin));
    if (!outcome.instance) {
      std::printf("worker: %s\n", outcome.instance.error().message.c_str());
      co_return false;
    }
    for (int n = 0; i == 0 && n < 3000; ++n) {
      json::value request = json::object{{"schema", "chela.check.request/1"}, {"now_ms", n}};
      const auto call_begin = Clock::now();
      const auto reply =
          co_await (*outcome.instance)->call("run", std::move(request), std::chrono::seconds(5));
      calls.push_back(ms_since(call_begin));
      if (!reply.reply) co_return false;
    }
  }
  const double spawn = median_ms(30, [&] {
    base::SpawnRequest request;
    request.program = setup.installation.worker;
    request.argv = {"chela-worker"};
    auto child = base::spawn(request);
    if (child) child->wait();
  });
  row("worker: spawn, confine, open, ready", in_ms(median(starts)), "5 ms",
      "spawn of chela-worker alone " + in_ms(spawn));
  row("call with JSON both ways, worker", in_us(median(calls)), "20 us",
      "64 bytes over a socketpair and back " + in_us(socket_round_trip_us()));
  co_return true;
}

asio::awaitable<bool> bench_local(const plugin::Activation& activation,
                                  const services::Clock& clock, services::Log& log) {
  auto instance = plugin::open_in_process(activation, clock, log);
  if (!instance) co_return false;
  std::vector<double> calls;
  for (int n = 0; n < 3000; ++n) {
    json::value request = json::object{{"schema", "chela.check.request/1"}, {"now_ms", n}};
    const auto begin = Clock::now();
    const auto reply =
        co_await (*instance)->call("run", std::move(request), std::chrono::seconds(5));
    calls.push_back(ms_since(begin));
    if (!reply.reply) co_return false;
  }
  row("call with JSON both ways, in the host", in_us(median(calls)), "2 us", "");
  co_return true;
}

bool bench_calls(const app::Setup& known) {
  app::Setup setup = known;
  setup.registry =
      plugin::Registry::scan(std::vector<std::string>{std::string(CHELA_BENCH_PLUGINS)}, {});
  const services::SystemClock clock;
  services::Log log({}, clock);
  auto ledger = tasks::Ledger::open(fs::path(CHELA_BINARY_DIR) / "bench/ledger.db");
  if (!ledger) return false;
  const services::Redactor redactor;
  app::LedgerState state(*ledger, redactor);
  const services::Files files;
  const services::Exec exec(services::ExecSettings{setup.installation.worker});
  const plugin::Services services{files, exec, state, {}};
  plugin::WorkerSettings settings;
  settings.program = setup.installation.worker;

  const auto activation = plugin::activate(echo_instance(config::Isolation::process),
                                           setup.registry, setup.trust, setup.variables);
  if (!activation) {
    std::printf("%s\n", activation.error().message.c_str());
    return false;
  }
  return wait_for(bench_worker(setup, settings, *activation, services, log)) &&
         wait_for(bench_local(*activation, clock, log));
}

// A thousand plugins with ids of their own, made of one.
void make_thousand(const fs::path& folder) {
  fs::create_directories(folder);
  std::ifstream in(fs::path(CHELA_BENCH_PLUGINS) / "check.echo.so", std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  std::vector<std::size_t> places;
  for (auto at = bytes.find("check.echo"); at != std::string::npos;
       at = bytes.find("check.echo", at + 1)) {
    places.push_back(at + 6);
  }
  for (int i = 0; i < 1000; ++i) {
    char name[5];
    std::snprintf(name, sizeof name, "%04d", i);
    for (const auto place : places) bytes.replace(place, 4, name);
    std::ofstream(folder / ("check." + std::string(name) + ".so"), std::ios::binary) << bytes;
  }
}

void bench_metadata() {
  const fs::path folder = fs::path(CHELA_BINARY_DIR) / "bench/thousand";
  make_thousand(folder);
  const std::vector<std::string> folders{folder.string()};
  std::size_t usable = 0;
  const auto scan = [&] {
    const auto registry = plugin::Registry::scan(folders, {});
    usable = 0;
    for (const auto& file : registry.files()) usable += file.problem ? 0 : 1;
  };
  const auto read_heads = [&] {
    for (const auto& entry : fs::directory_iterator(folder)) {
      std::ifstream in(entry.path(), std::ios::binary);
      char head[1024];
      in.read(head, sizeof head);
    }
  };
  const double warm = median_ms(10, scan);
  row("metadata of 1,000 plugins, warm", in_ms(warm), "10 ms",
      "opening and reading 1 KiB of each " + in_ms(median_ms(10, read_heads)));
  if (usable != 1000) std::printf("only %zu of 1,000 could be read\n", usable);
  // Only root may empty the page cache.
  const auto is_emptied = [] {
    sync();
    std::ofstream caches("/proc/sys/vm/drop_caches");
    return static_cast<bool>(caches << "3" << std::flush);
  };
  std::vector<double> cold;
  for (int i = 0; i < 5 && is_emptied(); ++i) {
    const auto begin = Clock::now();
    scan();
    cold.push_back(ms_since(begin));
  }
  row("metadata of 1,000 plugins, cold", cold.empty() ? "needs root" : in_ms(median(cold)), "50 ms",
      "");
}

void bench_schedule() {
  std::vector<heartbeat::CheckPlan> plans(10'000);
  std::vector<heartbeat::CheckTimes> times(plans.size());
  const Timestamp now = base::now();
  for (std::size_t i = 0; i < plans.size(); ++i) {
    plans[i].id = "check-" + std::to_string(i);
    plans[i].every = std::chrono::minutes(5 + static_cast<int>(i % 600));
    times[i].last_ok = times[i].last_attempt =
        now - std::chrono::minutes(static_cast<int>(i % 900));
  }
  const heartbeat::Policy policy;
  row("pick_due over 10,000 checks",
      in_ms(median_ms(50, [&] { heartbeat::pick_due(now, plans, times, policy); })), "1 ms", "");
}

void bench_redaction() {
  const auto speed = bench::measure_redaction();
  const auto in_mb = [](double mb_per_s) {
    char text[32];
    std::snprintf(text, sizeof text, "%.0f MB/s", mb_per_s);
    return std::string(text);
  };
  const auto what = "redaction, " + std::to_string(speed.patterns) + " patterns, 100 exact secrets";
  row(what.c_str(), in_mb(speed.both_mb_per_s), "250 MB/s",
      "copying line by line " + in_mb(speed.copy_mb_per_s));
  row("  the patterns alone", in_mb(speed.patterns_mb_per_s), "",
      "RE2::Set over each line " + in_mb(speed.set_mb_per_s));
  row("  the exact secrets alone", in_mb(speed.values_mb_per_s), "", "");
  row("  what a model reads", in_mb(speed.model_mb_per_s), "", "");
  row("  the automaton of 100 secrets", in_ms(speed.build_ms), "", "");
  row("  the first line with a pattern's words", in_us(speed.first_hit_ms), "", "");
}

}  // namespace

// `chela_bench [PART..]` measures these parts only: processes, calls, metadata, schedule,
// redaction, checks, http, models.
int main(int argc, char** argv) {
  const std::vector<std::string> parts(argv + 1, argv + argc);
  const auto wants = [&](const char* part) {
    return parts.empty() || std::find(parts.begin(), parts.end(), part) != parts.end();
  };
  const Place place = make_place();
  for (const auto& var : place.env) putenv(const_cast<char*>(var.c_str()));
  std::printf("%-46s %14s %18s   %s\n", "what (median)", "measured", "budget",
              "floor of this machine");
  if (wants("processes")) bench_processes(place, CHELA_BINARY_DIR "/bin/chela");
  app::Where where;
  where.workspace = place.workspace.string();
  const auto setup = app::load_setup(where);
  if (!setup) {
    std::printf("%s\n", setup.error().message.c_str());
    return 1;
  }
  if (wants("calls") && !bench_calls(*setup)) return 1;
  if (wants("metadata")) bench_metadata();
  if (wants("schedule")) bench_schedule();
  if (wants("redaction")) bench_redaction();
  if (wants("checks") && !bench::bench_checks(&row)) return 1;
  if (wants("http") && !bench::bench_http(&row)) return 1;
  if (wants("models") && !bench::bench_models(&row, *setup)) return 1;
  return 0;
}
