#include "http_bench.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <fstream>
#include <memory>
#include <vector>

#include "plain_client.h"
#include "server_process.h"
#include "services/http.h"

namespace chela::bench {
namespace {

namespace asio = boost::asio;
using services::HttpClient;
using services::HttpExchange;
using services::HttpRequest;
using test::HttpAnswer;

constexpr int kCalls = 4000;
constexpr std::size_t kStreams = 1000;
const std::string kBody(1024, 'x');

HttpAnswer answer_to(const test::HttpSeen& seen) {
  if (seen.target == "/whole") return HttpAnswer::whole(200, kBody);
  if (seen.target == "/stream")
    return HttpAnswer::chunked(200).chunk("data: first\n\n").chunk(kBody).end();
  return HttpAnswer::chunked(200).chunk("data: first\n\n").stall();
}

HttpRequest request_to(unsigned short port, const std::string& target, bool is_https = false) {
  HttpRequest request;
  request.method = "POST";
  request.url = (is_https ? "https" : "http") + ("://127.0.0.1:" + std::to_string(port)) + target;
  request.headers = {{"Content-Type", "application/json"},
                     {"Authorization", "Bearer {{secret:K}}"}};
  request.body = kBody;
  request.secrets = [](std::string_view) { return "0123456789abcdef0123456789abcdef"; };
  return request;
}

asio::awaitable<double> call(HttpClient& client, unsigned short port, std::string target,
                             bool to_first_byte) {
  const auto begin = Clock::now();
  HttpRequest request = request_to(port, target);
  if (!to_first_byte) {
    const auto reply = co_await client.fetch(std::move(request));
    co_return reply && reply->body.size() == kBody.size() ? us_since(begin) : -1;
  }
  const auto exchange = co_await client.start(std::move(request));
  if (!exchange) co_return -1;
  double first = -1;
  for (;;) {
    const auto piece = co_await (*exchange)->next();
    if (first < 0) first = us_since(begin);
    if (!piece) co_return -1;
    if (!*piece) co_return first;
  }
}

struct Compared {
  std::vector<double> ours, plain;
  double our_cpu_us = 0, plain_cpu_us = 0;
  bool is_well = true;
};

// In turns, so that whatever else the machine does meets both.
asio::awaitable<Compared> compare(HttpClient& client, PlainClient& plain, unsigned short port,
                                  std::string target, bool to_first_byte) {
  Compared seen;
  for (int i = -100; i < kCalls; ++i) {
    const double start = cpu_us();
    const double theirs = co_await plain.call(target, kBody, to_first_byte);
    const double middle = cpu_us();
    const double ours = co_await call(client, port, target, to_first_byte);
    seen.is_well = seen.is_well && ours >= 0;
    if (i < 0) continue;  // warm
    seen.our_cpu_us += cpu_us() - middle;
    seen.plain_cpu_us += middle - start;
    seen.plain.push_back(theirs);
    seen.ours.push_back(ours);
  }
  co_return seen;
}

bool bench_calls(Row row, asio::io_context& loop, HttpClient& client, unsigned short port) {
  PlainClient plain(loop, port);
  const struct {
    const char* what;
    const char* target;
    bool to_first_byte;
    const char* budget;
  } cases[] = {
      {"HTTP, added to a whole reply", "/whole", false, "150 us"},
      {"HTTP, added to a stream's first byte", "/stream", true, "300 us"},
  };
  for (const auto& c : cases) {
    Compared seen;
    asio::co_spawn(loop, compare(client, plain, port, c.target, c.to_first_byte),
                   [&](const std::exception_ptr& error, Compared result) {
                     seen = std::move(result);
                     seen.is_well = seen.is_well && !error;
                   });
    loop.run();
    loop.restart();
    if (!seen.is_well || seen.ours.empty()) {
      std::printf("%s: an exchange failed\n", c.what);
      return false;
    }
    row(c.what, text("%.0f us", median(seen.ours) - median(seen.plain)), c.budget,
        "plain Boost.Beast client " + text("%.0f us", median(seen.plain)));
    if (c.to_first_byte) continue;
    row("HTTP, processor time per call", text("%.0f us", seen.our_cpu_us / kCalls), "150 us",
        "plain Boost.Beast client " + text("%.0f us", seen.plain_cpu_us / kCalls));
  }
  return true;
}

asio::awaitable<std::unique_ptr<HttpExchange>> open_stream(HttpClient& client,
                                                           HttpRequest request) {
  auto exchange = co_await client.start(std::move(request));
  if (!exchange) {
    std::printf("%s\n", exchange.error().message.c_str());
    co_return nullptr;
  }
  const auto piece = co_await (*exchange)->next();
  if (!piece || !*piece) co_return nullptr;
  co_return std::move(*exchange);
}

bool bench_streams(Row row, asio::io_context& loop, HttpClient& client, unsigned short port,
                   bool is_https) {
  const double before = resident_mb();
  std::vector<std::unique_ptr<HttpExchange>> streams;
  std::size_t waiting = 0;
  for (std::size_t i = 0; i < kStreams; ++i) {
    asio::co_spawn(loop, open_stream(client, request_to(port, "/idle", is_https)),
                   [&](const std::exception_ptr&, std::unique_ptr<HttpExchange> exchange) {
                     --waiting;
                     if (exchange) streams.push_back(std::move(exchange));
                   });
    // A few at a time: a listener's queue is short.
    for (++waiting; waiting >= 50;) loop.run_one();
  }
  while (waiting > 0) loop.run_one();
  if (streams.size() != kStreams) {
    std::printf("only %zu of %zu streams could be opened\n", streams.size(), kStreams);
    return false;
  }
  row(is_https ? "1,000 idle streams, each a TLS connection" : "1,000 idle streams",
      text("%.0f MB", resident_mb() - before), "60 MB",
      "the process before them " + text("%.0f MB", before));
  return true;
}

}  // namespace

bool bench_http(Row row) {
  raise_file_limit();
  const test::TestAuthority authority;
  const ServerProcess plain_server(answer_to, std::nullopt);
  const ServerProcess tls_server(answer_to, authority.issue("IP:127.0.0.1"));
  const std::string ca_file = std::string(CHELA_BINARY_DIR) + "/bench/ca.pem";
  std::ofstream(ca_file) << authority.pem();

  asio::io_context loop(1);
  services::HttpSettings settings;
  settings.ca_file = ca_file;
  HttpClient client(loop.get_executor(), settings);
  return bench_calls(row, loop, client, plain_server.port()) &&
         bench_streams(row, loop, client, plain_server.port(), false) &&
         bench_streams(row, loop, client, tls_server.port(), true);
}

}  // namespace chela::bench
