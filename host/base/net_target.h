// What a grant for the network names: a host and a TCP port, or a path socket.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "chela/result.h"

namespace chela::base {

struct NetTarget {
  std::string host;        // a name or a numeric address, without brackets; "" for a path socket
  std::uint16_t port = 0;  // 1 to 65535
  std::string path;        // of the socket, absolute
  bool is_path() const { return !path.empty(); }
  friend bool operator==(const NetTarget&, const NetTarget&) = default;
};

// "mac.local:22", "127.0.0.1:5666", "[::1]:80", "unix:/run/dbus/system_bus_socket".
// invalid_argument says what is wanted.
Result<NetTarget> parse_net_target(std::string_view text);

}  // namespace chela::base
