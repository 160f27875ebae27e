// The gate of a program that may connect to a few things and nothing else: every connect() of it
// and of its children stops in the kernel (seccomp user notification) until the watcher has looked
// at the address, and the watcher makes the connection itself.
//
// The watcher copies the address, checks the copy and connects a duplicate of the caller's socket
// with that copy, so what the program writes over its own memory meanwhile changes nothing. Names
// are looked up by the host before the start; a program that opens /etc/hosts is handed a file that
// holds just these. Sources: seccomp_unotify(2), pidfd_getfd(2); kernel 5.14 or later.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "chela/json.h"
#include "chela/result.h"

namespace chela::worker {

// What may be connected to.
struct NetGate {
  struct Server {
    std::string name;                    // as granted
    std::vector<std::string> addresses;  // numeric, as the host found them
    std::uint16_t port = 0;
  };
  std::vector<Server> servers;
  std::vector<std::string> socket_paths;
  bool is_open() const { return !servers.empty() || !socket_paths.empty(); }
  std::vector<std::uint16_t> ports() const;
};

// {"servers":[{"name":"mac.local","addresses":["192.168.1.5"],"port":22}],"paths":["/run/x.sock"]}
// of a job; invalid_argument names the member.
Result<NetGate> parse_net_gate(const json::value& value);

// Whether a socket address of `size` bytes is one of the gate's. IPv4 inside IPv6 counts as IPv4;
// an abstract or unnamed socket, a relative path or one with ".." never is.
bool may_connect(const NetGate& gate, const sockaddr_storage& address, socklen_t size);

// What the program reads as /etc/hosts.
std::string hosts_file(const NetGate& gate);

// In the child, before its other filters: connect() and the opening of files wait for the watcher
// from now on. Gives the descriptor that the watcher listens on. failed_precondition where the
// kernel has no notification.
Result<int> install_gate();

// One descriptor over a connected unix socket.
bool send_fd(int socket, int fd);
int receive_fd(int socket);  // -1 where none came

// The watcher: serves `listener` until `child` has ended, reaps whatever else ends, and returns the
// child's wait status.
int watch(const NetGate& gate, int listener, pid_t child);

}  // namespace chela::worker
