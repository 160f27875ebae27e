// A server on loopback that lets everybody in and then does what no mail server should.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>

namespace chela::test {

class RogueServer {
 public:
  enum class Start { greets, is_silent };

  // After the login it sends `first`, then `again` for ever, with a pause behind each; "" is
  // nothing.
  RogueServer(Start start, std::string first, std::string again,
              std::chrono::milliseconds pause = std::chrono::milliseconds(0))
      : first_(std::move(first)), again_(std::move(again)), pause_(pause) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    ::bind(listener_, reinterpret_cast<sockaddr*>(&at), size);
    ::listen(listener_, 4);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this, start] { serve(start); });
  }
  ~RogueServer() {
    is_over_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  RogueServer(const RogueServer&) = delete;
  RogueServer& operator=(const RogueServer&) = delete;

  std::string url() const { return "imap://127.0.0.1:" + std::to_string(port_); }
  std::uint64_t sent_bytes() const { return sent_bytes_; }

 private:
  void serve(Start start) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    if (start == Start::greets && log_in(fd)) {
      send(fd, first_);
      while (!is_over_ && !again_.empty() && send(fd, again_)) std::this_thread::sleep_for(pause_);
    }
    // Held open until the other side goes.
    while (!is_over_ && !read_line(fd).empty()) {
    }
    ::close(fd);
  }

  // Until the first command that is not of the login.
  bool log_in(int fd) {
    send(fd, "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] ready\r\n");
    for (std::string line = read_line(fd); !line.empty(); line = read_line(fd)) {
      const std::string tag = line.substr(0, line.find(' '));
      if (line.find(" STATUS ") != std::string::npos) return true;
      if (line.find("CAPABILITY") != std::string::npos)
        send(fd, "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\n");
      send(fd, tag + " OK done\r\n");
    }
    return false;
  }

  bool send(int fd, const std::string& bytes) {
    std::size_t at = 0;
    while (at < bytes.size()) {
      pollfd one{fd, POLLOUT, 0};
      if (::poll(&one, 1, 100) == 0) {
        if (is_over_) return false;
        continue;
      }
      const auto sent =
          ::send(fd, bytes.data() + at, bytes.size() - at, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (sent <= 0) return false;
      at += static_cast<std::size_t>(sent);
      sent_bytes_ += static_cast<std::uint64_t>(sent);
    }
    return true;
  }

  std::string read_line(int fd) {
    std::string line;
    while (!is_over_ && !line.ends_with('\n')) {
      pollfd one{fd, POLLIN, 0};
      if (::poll(&one, 1, 100) == 0) continue;
      char c = 0;
      if (::recv(fd, &c, 1, 0) != 1) return "";
      line += c;
    }
    return line;
  }

  std::string first_, again_;
  std::chrono::milliseconds pause_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> is_over_{false};
  std::atomic<std::uint64_t> sent_bytes_{0};
  std::thread thread_;
};

}  // namespace chela::test
