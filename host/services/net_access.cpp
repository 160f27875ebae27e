#include "services/net_access.h"

#include <arpa/inet.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

#include "base/net_target.h"

namespace chela::services {
namespace {

namespace asio = boost::asio;
constexpr auto kAsValue = asio::as_tuple(asio::use_awaitable);

bool is_numeric(const std::string& host) {
  in6_addr bytes{};
  return inet_pton(AF_INET, host.c_str(), &bytes) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &bytes) == 1;
}

// The addresses of one name; none where it has none or the time is over.
asio::awaitable<std::vector<std::string>> addresses_of(std::string host, Deadline deadline) {
  const auto executor = co_await asio::this_coro::executor;
  // Shared: the timer's handler may run once more after this coroutine is gone.
  const auto resolver = std::make_shared<asio::ip::tcp::resolver>(executor);
  asio::steady_timer alarm(executor, deadline);
  alarm.async_wait([resolver](const boost::system::error_code& error) {
    if (!error) resolver->cancel();
  });
  const auto [error, found] = co_await resolver->async_resolve(host, "", kAsValue);
  std::vector<std::string> addresses;
  if (error) co_return addresses;
  for (const auto& entry : found) addresses.push_back(entry.endpoint().address().to_string());
  co_return addresses;
}

}  // namespace

asio::awaitable<Result<NetAccess>> look_up(std::vector<std::string> targets, Deadline deadline) {
  NetAccess access;
  for (const auto& text : targets) {
    CHELA_CO_TRY(const auto target, base::parse_net_target(text));
    if (target.is_path()) {
      access.paths.push_back(target.path);
      continue;
    }
    NetAccess::Server server{target.host, {}, target.port};
    if (is_numeric(target.host)) {
      server.addresses = {target.host};
    } else {
      server.addresses = co_await addresses_of(target.host, deadline);
    }
    access.servers.push_back(std::move(server));
  }
  if (!targets.empty() && std::chrono::steady_clock::now() >= deadline)
    co_return fail(ErrorCode::deadline_exceeded, "no time was left after looking up names");
  co_return access;
}

json::object to_json(const NetAccess& access) {
  json::array servers;
  for (const auto& server : access.servers) {
    servers.push_back(
        json::object{{"name", server.name},
                     {"addresses", json::array(server.addresses.begin(), server.addresses.end())},
                     {"port", server.port}});
  }
  return {{"servers", std::move(servers)},
          {"paths", json::array(access.paths.begin(), access.paths.end())}};
}

}  // namespace chela::services
