// Attacks over sockets: every family, and every way to get bytes out.

#include "attack.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

namespace hostile {
namespace {

constexpr int mptcp = 262;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int connect_tcp(int port, int protocol) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, protocol);
  if (fd < 0) return errno;
  const auto address = loopback(port);
  return outcome(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address));
}

int send_to(int type, int port, int flags) {
  const int fd = ::socket(AF_INET, type, 0);
  if (fd < 0) return errno;
  const auto address = loopback(port);
  return outcome(::sendto(fd, "secret", 6, flags, reinterpret_cast<const sockaddr*>(&address),
                          sizeof address));
}

int listen_tcp(const Lab&) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0) return errno;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  if (::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return errno;
  return outcome(::listen(fd, 1));
}

// A name starting with '@' is abstract.
int connect_unix(const std::string& name) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
  if (fd < 0) return errno;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name.front() == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  return outcome(::connect(fd, reinterpret_cast<const sockaddr*>(&address), size));
}

int any_family(const Lab&) {
  int error = EAFNOSUPPORT;
  for (int family = 0; family < 50; ++family) {
    for (const int type : {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET}) {
      if (::socket(family, type, 0) >= 0) return 0;
      if (errno != EAFNOSUPPORT) error = errno;
    }
  }
  return error;
}

int socket_pair(const Lab&) {
  int ends[2];
  return outcome(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
}

// A descriptor might arrive with a message on the socket to the host.
int receive_descriptor(const Lab&) {
  msghdr message{};
  return outcome(::recvmsg(STDIN_FILENO, &message, MSG_DONTWAIT));
}

constexpr Attack attacks[] = {
    {"socket of any family", any_family},
    {"tcp connect", [](const Lab& lab) { return connect_tcp(lab.tcp_port, 0); }},
    {"mptcp connect", [](const Lab& lab) { return connect_tcp(lab.tcp_port, mptcp); }},
    {"tcp fast open",
     [](const Lab& lab) { return send_to(SOCK_STREAM, lab.tcp_port, MSG_FASTOPEN); }},
    {"tcp listen", listen_tcp},
    {"udp send", [](const Lab& lab) { return send_to(SOCK_DGRAM, lab.udp_port, 0); }},
    {"unix socket by path", [](const Lab& lab) { return connect_unix(lab.unix_path); }},
    {"abstract unix socket", [](const Lab& lab) { return connect_unix(lab.abstract_name); }},
    {"netlink socket", [](const Lab&) { return outcome(::socket(AF_NETLINK, SOCK_RAW, 0)); }},
    {"packet socket", [](const Lab&) { return outcome(::socket(AF_PACKET, SOCK_RAW, 0)); }},
    {"socket pair", socket_pair},
    {"receive a descriptor", receive_descriptor},
};

}  // namespace

std::span<const Attack> network_attacks() {
  return attacks;
}

}  // namespace hostile
