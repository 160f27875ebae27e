// Answers what a plugin asks of the host: decodes a service frame, lets the service do it under the
// grant, encodes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "plugin/wire.h"
#include "services/exec.h"
#include "services/files.h"
#include "services/grant.h"
#include "services/plugin_net.h"

namespace chela::plugin {

// chela.state/1's store; `instance` separates the plugins.
class StateStore {
 public:
  virtual ~StateStore() = default;
  virtual Result<std::string> get(std::string_view instance,
                                  std::string_view key) = 0;  // not_found
  virtual Result<void> set(std::string_view instance, std::string_view key,
                           std::string_view value) = 0;
  virtual Result<void> remove(std::string_view instance, std::string_view key) = 0;
};

// chela.board/1: {"states":[..]} -> {"tasks":[..]}.
using Board = std::function<boost::asio::awaitable<Result<json::value>>(json::value query)>;

// Told of every program that ran for a plugin, or could not.
using ExecWitness =
    std::function<void(const services::Caller& caller, const services::ExecRequest& request,
                       const Result<services::ExecOutcome>& outcome)>;

// What the host offers; all outlive every worker.
struct Services {
  const services::Files& files;
  const services::Exec& exec;
  StateStore& state;
  Board board;
  ExecWitness on_exec{};               // empty: nobody is told
  services::PluginNet* net = nullptr;  // none: no network for plugins
};

struct ServiceReply {
  json::value result;
  std::vector<std::string> parts;  // byte strings that travel beside the result
};

// The bytes of the reply frame for `frame` (type "service").
std::string encode_reply(std::uint64_t id, const Result<ServiceReply>& reply);

// Does what one service frame asks. unimplemented for a service or operation that is not there.
// `streams` are those of the call under way. All must outlive the wait. [loop-thread]
boost::asio::awaitable<Result<ServiceReply>> answer(const Services& services,
                                                    const services::Caller& caller,
                                                    services::CallStreams& streams, Frame frame,
                                                    services::Deadline deadline);

}  // namespace chela::plugin
