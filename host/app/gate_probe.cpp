#include "app/gate_probe.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <optional>

namespace chela::app {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Outcome = GateProbe::Outcome;

// The exit codes of `chela-worker knock` (worker/knock.h).
constexpr int kOpened = 0;
constexpr int kKeptOut = 3;

// Listens on a port of loopback; whoever connects is left in the queue.
std::optional<asio::ip::tcp::acceptor> listen(const asio::any_io_executor& executor) {
  asio::ip::tcp::acceptor acceptor(executor);
  const asio::ip::tcp::endpoint any(asio::ip::address_v4::loopback(), 0);
  error_code error;
  acceptor.open(any.protocol(), error);
  if (!error) acceptor.bind(any, error);
  if (!error) acceptor.listen(1, error);
  if (error) return std::nullopt;
  return acceptor;
}

std::string port_of(const asio::ip::tcp::acceptor& acceptor) {
  error_code ignored;
  return std::to_string(acceptor.local_endpoint(ignored).port());
}

std::string said(const services::ExecOutcome& outcome) {
  const std::string line = outcome.err.substr(0, outcome.err.find('\n'));
  if (!line.empty()) return line;
  if (outcome.signal != 0) return "ended by signal " + std::to_string(outcome.signal);
  return "exit code " + std::to_string(outcome.exit_code);
}

}  // namespace

asio::awaitable<GateProbe> probe_gate(const services::Exec& exec, std::string worker) {
  const auto executor = co_await asio::this_coro::executor;
  const auto granted = listen(executor), other = listen(executor);
  if (!granted || !other)
    co_return GateProbe{Outcome::unavailable, "no port of 127.0.0.1 could be listened on"};
  services::Caller caller;
  caller.instance = "doctor";
  caller.grant.exec = {services::ExecGrant(worker, {"127.0.0.1:" + port_of(*granted)})};
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  for (const auto* server : {&*granted, &*other}) {
    services::ExecRequest request;
    request.argv = {worker, "knock", port_of(*server)};
    const auto outcome = co_await exec.run(caller, std::move(request), deadline);
    if (!outcome) co_return GateProbe{Outcome::unavailable, outcome.error().message};
    if (outcome->timed_out) co_return GateProbe{Outcome::unavailable, "it took more than 5 s"};
    const bool is_granted = server == &*granted;
    if (!is_granted && outcome->exit_code == kOpened)
      co_return GateProbe{Outcome::open, "a port that was not granted could be reached"};
    if (outcome->exit_code != (is_granted ? kOpened : kKeptOut))
      co_return GateProbe{Outcome::unavailable, said(*outcome)};
  }
  co_return GateProbe{Outcome::enforced, ""};
}

}  // namespace chela::app
