#include "worker/net_gate.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace chela::worker {
namespace {

tl::unexpected<Error> refuse(const std::string& what) {
  return fail(ErrorCode::invalid_argument, "job: net: " + what);
}

bool is_numeric(const std::string& text) {
  in6_addr bytes{};
  return inet_pton(AF_INET, text.c_str(), &bytes) == 1 ||
         inet_pton(AF_INET6, text.c_str(), &bytes) == 1;
}

// The same address in one form, so that two spellings are equal; "" for a family that is none.
std::string canonical(const void* bytes, int family) {
  char text[INET6_ADDRSTRLEN] = "";
  const auto* v6 = static_cast<const in6_addr*>(bytes);
  if (family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(v6)) {
    inet_ntop(AF_INET, v6->s6_addr + 12, text, sizeof text);
  } else {
    inet_ntop(family, bytes, text, sizeof text);
  }
  return text;
}

std::string canonical(const std::string& written) {
  in6_addr bytes{};
  for (const int family : {AF_INET, AF_INET6}) {
    if (inet_pton(family, written.c_str(), &bytes) == 1) return canonical(&bytes, family);
  }
  return "";
}

bool is_server(const NetGate& gate, const std::string& address, std::uint16_t port) {
  return !address.empty() &&
         std::any_of(gate.servers.begin(), gate.servers.end(), [&](const NetGate::Server& one) {
           return one.port == port &&
                  std::any_of(one.addresses.begin(), one.addresses.end(),
                              [&](const auto& known) { return canonical(known) == address; });
         });
}

bool is_socket_path(const NetGate& gate, const sockaddr_un& address, socklen_t size) {
  constexpr std::size_t kBefore = offsetof(sockaddr_un, sun_path);
  if (size <= kBefore) return false;
  const std::string_view bytes(address.sun_path,
                               std::min<std::size_t>(size - kBefore, sizeof address.sun_path));
  const auto path = bytes.substr(0, bytes.find('\0'));  // abstract ones begin with NUL: empty
  return std::find(gate.socket_paths.begin(), gate.socket_paths.end(), path) !=
         gate.socket_paths.end();
}

}  // namespace

std::vector<std::uint16_t> NetGate::ports() const {
  std::vector<std::uint16_t> all;
  for (const auto& server : servers) all.push_back(server.port);
  return all;
}

Result<NetGate> parse_net_gate(const json::value& value) {
  NetGate gate;
  if (!value.is_object()) return refuse("wanted an object");
  if (const auto* servers = find(value, "servers"); servers != nullptr && servers->is_array()) {
    for (const auto& one : servers->get_array()) {
      NetGate::Server server;
      server.name = get_string(one, "name");
      server.addresses = get_strings(one, "addresses");
      const auto port = get_int(one, "port");
      if (port < 1 || port > 65535) return refuse("port: wanted 1 to 65535");
      server.port = static_cast<std::uint16_t>(port);
      for (const auto& address : server.addresses) {
        if (!is_numeric(address)) return refuse("addresses: wanted numeric ones");
      }
      gate.servers.push_back(std::move(server));
    }
  }
  gate.socket_paths = get_strings(value, "paths");
  for (const auto& path : gate.socket_paths) {
    if (!path.starts_with('/')) return refuse("paths: wanted absolute paths");
  }
  return gate;
}

bool may_connect(const NetGate& gate, const sockaddr_storage& address, socklen_t size) {
  if (address.ss_family == AF_INET && size >= sizeof(sockaddr_in)) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return is_server(gate, canonical(&v4.sin_addr, AF_INET), ntohs(v4.sin_port));
  }
  if (address.ss_family == AF_INET6 && size >= sizeof(sockaddr_in6) - sizeof(std::uint32_t)) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    return is_server(gate, canonical(&v6.sin6_addr, AF_INET6), ntohs(v6.sin6_port));
  }
  if (address.ss_family == AF_UNIX)
    return is_socket_path(gate, reinterpret_cast<const sockaddr_un&>(address), size);
  return false;
}

std::string hosts_file(const NetGate& gate) {
  std::string text = "127.0.0.1 localhost\n::1 localhost\n";
  for (const auto& server : gate.servers) {
    if (is_numeric(server.name) || server.name == "localhost") continue;
    for (const auto& address : server.addresses) text += address + " " + server.name + "\n";
  }
  return text;
}

}  // namespace chela::worker
