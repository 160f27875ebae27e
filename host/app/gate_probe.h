// Tries whether this machine can hold a program to the `net:` of its exec grant.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "services/exec.h"

namespace chela::app {

struct GateProbe {
  enum class Outcome {
    enforced,     // what is granted opens, what is not stays shut
    unavailable,  // such a program is not started here, or reaches nothing
    open,         // it reached what was not granted
  } outcome = Outcome::unavailable;
  std::string why;  // where it is not enforced
};

// Runs `worker` (chela-worker) as such a program against two ports of loopback. Takes some
// milliseconds. `exec` must outlive it. [loop-thread]
boost::asio::awaitable<GateProbe> probe_gate(const services::Exec& exec, std::string worker);

}  // namespace chela::app
