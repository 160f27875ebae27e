// Starts a plugin in its confined worker process and calls it over the socket.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "base/process.h"
#include "plugin/activation.h"
#include "plugin/instance.h"
#include "plugin/service_calls.h"
#include "services/log.h"

namespace chela::plugin {

struct WorkerSettings {
  std::string program;  // absolute path of chela-worker
  config::Limits limits;
  config::Confinement confinement = config::Confinement::require;
  Duration start_deadline = std::chrono::seconds(5);
  Duration grace = std::chrono::milliseconds(200);  // between cancelling a call and SIGKILL
};

// Either a running instance, or why there is none; a fault where the plugin crashed or hung while
// it was opened.
struct StartOutcome {
  Result<std::unique_ptr<Instance>> instance;
  std::optional<std::string> fault;
  // No worker could be spawned (EAGAIN, ENOMEM, no such program): that says nothing of the plugin.
  bool is_machine_trouble = false;
};

// Spawns the worker, has it confine itself, open the sealed library and make the instance.
// `activation`, `services` and `log` must outlive the instance. The worker dies with the instance,
// whatever it is doing. [loop-thread]
boost::asio::awaitable<StartOutcome> start_worker(const WorkerSettings& settings,
                                                  const Activation& activation,
                                                  const Services& services, services::Log& log);

}  // namespace chela::plugin
