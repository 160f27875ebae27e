// A loopback server in a process of its own, so that its memory and time are not ours.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <optional>
#include <utility>

#include "support/http_stub.h"

namespace chela::bench {

// Made while this process has one thread.
class ServerProcess {
 public:
  ServerProcess(test::HttpHandler handler, std::optional<test::Certificate> certificate) {
    std::array<int, 2> said{}, alive{};
    if (::pipe2(said.data(), O_CLOEXEC) != 0 || ::pipe2(alive.data(), O_CLOEXEC) != 0) return;
    pid_ = ::fork();
    if (pid_ == 0) {
      ::close(alive[1]);
      test::HttpStubOptions options;
      options.certificate = std::move(certificate);
      const test::HttpStub server(std::move(handler), std::move(options));
      const unsigned short port = server.port();
      if (::write(said[1], &port, sizeof port) != sizeof port) ::_exit(1);
      char byte = 0;
      while (::read(alive[0], &byte, 1) > 0) {
      }
      ::_exit(0);
    }
    ::close(alive[0]);
    ::close(said[1]);
    alive_ = alive[1];
    if (::read(said[0], &port_, sizeof port_) != sizeof port_) port_ = 0;
    ::close(said[0]);
  }
  ~ServerProcess() {
    ::close(alive_);
    ::waitpid(pid_, nullptr, 0);
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  unsigned short port() const { return port_; }  // 0 where it could not be started

 private:
  pid_t pid_ = -1;
  int alive_ = -1;
  unsigned short port_ = 0;
};

}  // namespace chela::bench
