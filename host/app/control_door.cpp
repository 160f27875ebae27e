#include "app/control_door.h"

#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "app/control.h"

namespace chela::app {
namespace {

namespace asio = boost::asio;

constexpr auto kAsValue = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kMaxRequestBytes = 64 * 1024;
constexpr auto kAfterRefusal = std::chrono::seconds(1);

}  // namespace

asio::awaitable<void> answer(std::shared_ptr<Client> client, json::object document) {
  const std::string line = json::serialize(document) + "\n";
  co_await asio::async_write(*client, asio::buffer(line), kAsValue);
}

ControlDoor::ControlDoor(asio::io_context& io, base::UniqueFd listener, Calls calls)
    : io_(io),
      acceptor_(io, asio::local::stream_protocol(), listener.release()),
      calls_(std::move(calls)) {}

void ControlDoor::open() {
  asio::co_spawn(io_, accept(), asio::detached);
}

asio::awaitable<void> ControlDoor::accept() {
  while (true) {
    auto [error, socket] = co_await acceptor_.async_accept(kAsValue);
    if (error == asio::error::operation_aborted) co_return;
    if (error) {  // no descriptors left: the connection stays in the queue, and asking would spin
      asio::steady_timer pause(io_, kAfterRefusal);
      co_await pause.async_wait(kAsValue);
      continue;
    }
    auto client = std::make_shared<Client>(std::move(socket));
    asio::co_spawn(io_, serve(std::move(client)), asio::detached);
  }
}

asio::awaitable<void> ControlDoor::serve(std::shared_ptr<Client> client) {
  std::string text;
  const auto [error, size] = co_await asio::async_read_until(
      *client, asio::dynamic_buffer(text, kMaxRequestBytes), '\n', kAsValue);
  if (error) co_return;
  const auto request = parse_json(text);
  const std::string command = request ? get_string(*request, "command") : "";
  if (command == "tick") {
    calls_.tick(request_from(*request), std::move(client));
    co_return;
  }
  json::object document{{"pid", static_cast<std::int64_t>(getpid())}};
  if (command == "wake") calls_.wake();
  if (command != "ping" && command != "wake") {
    document = {
        {"error",
         {{"code", 3},
          {"message", "this chela does not know that request; is it of another version?"}}}};
  }
  co_await answer(std::move(client), std::move(document));
}

}  // namespace chela::app
