// What a program is let through to: the grant's names with the addresses that they have now.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "chela/json.h"
#include "services/files.h"

namespace chela::services {

struct NetAccess {
  struct Server {
    std::string name;
    std::vector<std::string> addresses;  // numeric
    std::uint16_t port = 0;
  };
  std::vector<Server> servers;
  std::vector<std::string> paths;
  bool is_empty() const { return servers.empty() && paths.empty(); }
};

// Looks the hosts of `targets` up (base/net_target.h), in a thread of asio's. A name that has no
// address now stays without: the program's connection to it fails, and it says so in its own words.
// Fails with invalid_argument for a target that is none, deadline_exceeded.
boost::asio::awaitable<Result<NetAccess>> look_up(std::vector<std::string> targets,
                                                  Deadline deadline);

// As chela-worker's job has it (worker/net_gate.h).
json::object to_json(const NetAccess& access);

}  // namespace chela::services
