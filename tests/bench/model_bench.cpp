#include "model_bench.h"

#include <malloc.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model_desk.h"
#include "nginx.h"
#include "plain_client.h"
#include "server_process.h"

namespace chela::bench {
namespace {

namespace asio = boost::asio;

constexpr int kCalls = 2000;
constexpr int kTurn = 50;
constexpr std::size_t kStreams = 1000;
constexpr int kParallel = 16;
constexpr int kBurst = 640;  // calls of one round, all together
constexpr int kRounds = 5;

// One way to the server.
struct Way {
  std::string name;
  std::function<asio::awaitable<double>(Wish)> call;  // microseconds, -1: failed
  std::function<double()> cpu_us;
  std::function<void()> catch_up = [] {};  // whatever it does behind its answers
  std::vector<double> us{};
  double used_us = 0;
  double cpu() const { return us.empty() ? 0 : used_us / static_cast<double>(us.size()); }
};

// In turns of some calls each, so that whatever else the machine does meets all of them.
asio::awaitable<bool> take_turns(std::vector<Way>& ways, Wish wish) {
  for (int turn = -1; turn < kCalls / kTurn; ++turn) {
    for (auto& way : ways) {
      for (int i = 0; i < kTurn; ++i) {
        const double before = way.cpu_us();
        const double us = co_await way.call(wish);
        if (us < 0) co_return false;
        // What is done behind an answer belongs to its processor time, not to the next call's wait.
        co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
        if (turn < 0) continue;  // warm
        way.used_us += way.cpu_us() - before;
        way.us.push_back(us);
      }
      const double before = way.cpu_us();
      way.catch_up();
      if (turn >= 0) way.used_us += way.cpu_us() - before;
    }
  }
  co_return true;
}

bool run(asio::io_context& loop, asio::awaitable<bool> work) {
  std::optional<bool> is_well;
  asio::co_spawn(loop, std::move(work),
                 [&](const std::exception_ptr& error, bool value) { is_well = !error && value; });
  while (!is_well && loop.run_one() > 0) {
  }
  loop.restart();
  return is_well.value_or(false);
}

std::string all_of(const Way& way) {
  return text("%.0f", median(way.us)) + text("/%.0f us", quantile(way.us, 0.99));
}

const Way* find(const std::vector<Way>& ways, const std::string& name) {
  for (const auto& way : ways)
    if (way.name == name) return &way;
  return nullptr;
}

bool bench_added(Row row, asio::io_context& loop, std::vector<Way> ways, Wish wish) {
  if (!run(loop, take_turns(ways, wish))) return false;
  const bool is_whole = wish == Wish::whole;
  const Way& direct = *find(ways, "direct");
  const Way& here = *find(ways, "here");
  const Way& worker = *find(ways, "worker");
  const Way* nginx = find(ways, "nginx");
  const auto added = [&](const Way& way) {
    return text("%.0f us", median(way.us) - median(direct.us));
  };
  const std::string beside = nginx == nullptr ? "nginx is not here" : "nginx " + added(*nginx);
  row(is_whole ? "model call, added to a whole reply"
               : "model call, added to a stream's first byte",
      added(here), is_whole ? "150 us" : "300 us", beside);
  row("  p50/p99", all_of(here), "",
      "direct " + all_of(direct) + (nginx == nullptr ? "" : ", nginx " + all_of(*nginx)));
  row("  processor time", text("%.0f us", here.cpu()), is_whole ? "150 us" : "",
      "direct " + text("%.0f us", direct.cpu()) +
          (nginx == nullptr ? "" : ", nginx's process " + text("%.0f us", nginx->cpu())));
  row("  the same with the plugin in a worker", added(worker), "",
      "isolation adds " + text("%.0f us", median(worker.us) - median(here.us)));
  row("    processor time of the host", text("%.0f us", worker.cpu()), "", "");
  return true;
}

asio::awaitable<bool> one_after_another(Way& way, int calls) {
  for (int i = 0; i < calls; ++i)
    if (co_await way.call(Wish::whole) < 0) co_return false;
  co_return true;
}

// Calls a second, each way with so many at once.
bool bench_parallel(Row row, asio::io_context& loop, std::vector<std::vector<Way>> lanes) {
  std::map<std::string, std::vector<double>> rates;
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t which = 0; which < lanes.front().size(); ++which) {
      int left = kParallel;
      bool is_well = true;
      const auto begin = Clock::now();
      for (auto& ways : lanes) {
        asio::co_spawn(loop, one_after_another(ways[which], kBurst / kParallel),
                       [&](const std::exception_ptr& error, bool value) {
                         --left;
                         is_well = is_well && !error && value;
                       });
      }
      while (left > 0 && loop.run_one() > 0) {
      }
      loop.restart();
      if (!is_well) return false;
      rates[lanes.front()[which].name].push_back(kBurst * 1e6 / us_since(begin));
    }
  }
  const auto rate = [&](const std::string& name) { return text("%.0f/s", median(rates[name])); };
  row("model calls, 16 at once", rate("here"), "",
      "direct " + rate("direct") + (rates.contains("nginx") ? ", nginx " + rate("nginx") : ""));
  row("  the same with the plugin in a worker", rate("worker"), "", "");
  return true;
}

bool bench_idle(Row row, asio::io_context& loop, ModelDesk& desk) {
  ::malloc_trim(0);
  const double before = resident_mb();
  std::deque<asio::cancellation_signal> signals(kStreams);
  std::size_t open = 0, running = 0;
  for (auto& signal : signals) {
    ++running;
    asio::co_spawn(loop, desk.stand_idle("here", [&open] { ++open; }),
                   asio::bind_cancellation_slot(
                       signal.slot(), [&running](const std::exception_ptr&) { --running; }));
    // A few at a time: a listener's queue is short.
    while (running > open + 50 && loop.run_one() > 0) {
    }
  }
  while (open < running && loop.run_one() > 0) {
  }
  if (open != kStreams || running != kStreams) {
    std::printf("only %zu of %zu streams could be opened\n", open, kStreams);
    return false;
  }
  row("1,000 idle streams through the router", text("%.0f MB", resident_mb() - before), "60 MB",
      "the process before them " + text("%.0f MB", before));
  for (auto& signal : signals) signal.emit(asio::cancellation_type::terminal);
  while (running > 0 && loop.run_one() > 0) {
  }
  loop.restart();
  return true;
}

}  // namespace

bool bench_models(Row row, app::Setup setup) {
  raise_file_limit();
  const std::string folder = setup.paths.state_dir.path.string() + "/nginx";
  const ServerProcess server(answer_chat, std::nullopt);
  const Nginx nginx(folder, server.port());
  if (nginx.port() == 0)
    std::printf("nginx is not here (apt package nginx-light): its figures are left out\n");

  asio::io_context loop(1);
  auto opened = ModelDesk::open(std::move(setup), server.port(), loop);
  if (!opened) {
    std::printf("%s\n", opened.error().message.c_str());
    return false;
  }
  ModelDesk& desk = **opened;
  std::deque<PlainClient> clients;
  const auto plain = [&](unsigned short port) {
    PlainClient& client = clients.emplace_back(loop, port);
    return [&client](Wish wish) {
      return client.call("/v1/chat/completions", chat_body(wish), wish != Wish::whole);
    };
  };
  const auto make_ways = [&] {
    std::vector<Way> ways;
    ways.push_back({"direct", plain(server.port()), &cpu_us});
    if (nginx.port() != 0)
      ways.push_back({"nginx", plain(nginx.port()), [&nginx] { return nginx.cpu_us(); }});
    for (const char* role : {"here", "worker"})
      ways.push_back({role, [&desk, role](Wish wish) { return desk.call(role, wish); }, &cpu_us,
                      [&desk] { desk.catch_up(); }});
    return ways;
  };
  if (!bench_added(row, loop, make_ways(), Wish::whole)) return false;
  if (!bench_added(row, loop, make_ways(), Wish::stream)) return false;
  std::vector<std::vector<Way>> lanes;
  for (int i = 0; i < kParallel; ++i) lanes.push_back(make_ways());
  if (!bench_parallel(row, loop, std::move(lanes))) return false;
  if (!bench_idle(row, loop, desk)) return false;
  desk.end_providers();
  return true;
}

}  // namespace chela::bench
