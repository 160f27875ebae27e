#include "worker/knock.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "base/unique_fd.h"

namespace chela::worker {

int knock(std::string_view port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::uint16_t number = 0;
  std::from_chars(port.data(), port.data() + port.size(), number);
  at.sin_port = htons(number);
  const base::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.is_open() &&
      ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0)
    return knock_opened;
  const int error = errno;
  std::fprintf(stderr, "%s\n", std::strerror(error));
  return error == EACCES ? knock_kept_out : knock_failed;
}

}  // namespace chela::worker
