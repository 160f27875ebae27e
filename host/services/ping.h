// Sends one dead-man ping, from a program of its own: libcurl costs 5 ms at every start of whatever
// links it, and what a server answers is not read by the host.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "base/time.h"
#include "chela/result.h"

namespace chela::services {

struct PingRequest {
  std::string program;  // absolute path of chela-ping
  std::string url;      // http or https; who knows it can ping: it stands in no message
  Duration timeout{15'000};
};

// GETs the URL; any answer of the 200s is well. unavailable: no answer, or another one (the message
// says which, never the URL); deadline_exceeded; not_found where the program is not installed. The
// program is ended with the wait, also where the awaiting coroutine is destroyed. [loop-thread]
boost::asio::awaitable<Result<void>> send_ping(PingRequest request);

}  // namespace chela::services
