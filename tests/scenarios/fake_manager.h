// A service manager for tests: a datagram socket that remembers what it was told.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <string>

#include "support/chela_program.h"

namespace chela::test {

class FakeManager {
 public:
  // Listens at `path`, which must fit a socket address.
  explicit FakeManager(const fs::path& path)
      : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    EXPECT_LT(path.string().size(), sizeof address.sun_path);
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  FakeManager(const FakeManager&) = delete;
  FakeManager& operator=(const FakeManager&) = delete;
  ~FakeManager() { ::close(fd_); }

  // Whether a message with `text` comes before `patience` is over; those before it are passed over.
  bool hears(const std::string& text,
             std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (true) {
      char bytes[2048];
      const auto got = recv(fd_, bytes, sizeof bytes, 0);
      if (got >= 0) {
        all_ += std::string(bytes, static_cast<std::size_t>(got)) + "\n--\n";
        if (std::string_view(bytes, static_cast<std::size_t>(got)).find(text) !=
            std::string_view::npos)
          return true;
        continue;
      }
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
          deadline - std::chrono::steady_clock::now());
      if (left.count() <= 0) return false;
      pollfd wait{fd_, POLLIN, 0};
      poll(&wait, 1, static_cast<int>(left.count()));
    }
  }
  const std::string& all() const { return all_; }

 private:
  int fd_;
  std::string all_;
};

}  // namespace chela::test
