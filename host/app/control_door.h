// Takes the requests of other chela commands on the daemon's socket; what they mean is the
// daemon's.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <functional>
#include <memory>

#include "base/unique_fd.h"
#include "chela/json.h"
#include "heartbeat/tick.h"

namespace chela::app {

using Client = boost::asio::local::stream_protocol::socket;

// What a tick that somebody asked for is answered with; the connection ends with the last copy.
boost::asio::awaitable<void> answer(std::shared_ptr<Client> client, json::object document);

class ControlDoor {
 public:
  struct Calls {
    std::function<void(heartbeat::TickRequest, std::shared_ptr<Client>)> tick;  // to be answered
    std::function<void()> wake;
  };
  // `listener` is what listen_in() gave.
  ControlDoor(boost::asio::io_context& io, base::UniqueFd listener, Calls calls);
  void open();

 private:
  boost::asio::awaitable<void> accept();
  boost::asio::awaitable<void> serve(std::shared_ptr<Client> client);

  boost::asio::io_context& io_;
  boost::asio::local::stream_protocol::acceptor acceptor_;
  Calls calls_;
};

}  // namespace chela::app
