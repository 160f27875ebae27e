// HTTP on this machine for tests: a server of one function, and a client for one GET. Blocking, no
// TLS.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "chela/http.h"

namespace check_testing {

using Headers = std::vector<std::pair<std::string, std::string>>;  // names in lower case

struct Question {
  std::string method, target;  // "/v2/account?x=1"
  Headers headers;

  std::string header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return "";
  }
  std::string path() const { return target.substr(0, target.find('?')); }
};

namespace internal {

constexpr int kPatienceMs = 20'000;

inline sockaddr_in loopback_address(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// "" at the end of the stream, and where nothing comes for too long.
inline std::string read_some(int fd) {
  pollfd wait{fd, POLLIN, 0};
  if (poll(&wait, 1, kPatienceMs) <= 0) return "";
  std::array<char, 16384> buffer{};
  const auto count = recv(fd, buffer.data(), buffer.size(), 0);
  return count > 0 ? std::string(buffer.data(), static_cast<std::size_t>(count)) : "";
}

inline void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

inline Headers parse_headers(std::string_view text) {
  Headers headers;
  while (!text.empty()) {
    const auto end = std::min(text.find("\r\n"), text.size());
    const auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 2, text.size()));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    std::string name(line.substr(0, colon));
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    auto value = line.substr(colon + 1);
    while (value.starts_with(' ')) value.remove_prefix(1);
    headers.emplace_back(std::move(name), value);
  }
  return headers;
}

inline std::string join_chunks(std::string_view text) {
  std::string body;
  while (true) {
    const auto line = text.find("\r\n");
    if (line == std::string_view::npos) return body;
    const auto size = std::strtoul(std::string(text.substr(0, line)).c_str(), nullptr, 16);
    text.remove_prefix(line + 2);
    if (size == 0 || size > text.size()) return body;
    body += text.substr(0, size);
    text.remove_prefix(std::min(size + 2, text.size()));
  }
}

}  // namespace internal

// Answers each request by `answer`, one after the other, until it is destroyed.
class LoopbackServer {
 public:
  using Answer = std::function<chela::FetchReply(const Question&)>;

  explicit LoopbackServer(Answer answer) : answer_(std::move(answer)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = internal::loopback_address(0);
    socklen_t size = sizeof(address);
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_, 64) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      return;
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~LoopbackServer() {
    stops_ = true;
    shutdown(listener_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    close(listener_);
  }
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string origin() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void serve() {
    while (!stops_) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      answer_one(fd);
      close(fd);
    }
  }

  void answer_one(int fd) {
    std::string text;
    while (text.find("\r\n\r\n") == std::string::npos) {
      const std::string piece = internal::read_some(fd);
      if (piece.empty() || text.size() > (1u << 20)) return;
      text += piece;
    }
    const auto line_end = text.find("\r\n");
    const auto head_end = text.find("\r\n\r\n");
    const auto first = text.find(' '), second = text.find(' ', first + 1);
    const Question question{
        text.substr(0, first), text.substr(first + 1, second - first - 1),
        internal::parse_headers(std::string_view(text).substr(line_end + 2, head_end - line_end))};
    const chela::FetchReply reply = answer_(question);
    std::string out = "HTTP/1.1 " + std::to_string(reply.status) + " X\r\n";
    for (const auto& [name, value] : reply.headers) out += name + ": " + value + "\r\n";
    out += "content-length: " + std::to_string(reply.body.size()) + "\r\nconnection: close\r\n\r\n";
    internal::write_all(fd, out + reply.body);
  }

  Answer answer_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stops_ = false;
  std::thread thread_;
};

// One exchange with a server on this machine.
inline chela::Result<chela::FetchReply> ask_loopback(std::uint16_t port, const Question& question) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = internal::loopback_address(port);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    close(fd);
    return chela::fail(chela::ErrorCode::unavailable, "nobody answers on this port");
  }
  std::string out = question.method + " " + question.target + " HTTP/1.1\r\nhost: 127.0.0.1\r\n";
  for (const auto& [name, value] : question.headers) out += name + ": " + value + "\r\n";
  internal::write_all(fd, out + "connection: close\r\n\r\n");
  std::string text;
  for (std::string piece = internal::read_some(fd); !piece.empty(); piece = internal::read_some(fd))
    text += piece;
  close(fd);
  const auto head_end = text.find("\r\n\r\n");
  if (head_end == std::string::npos || !text.starts_with("HTTP/1."))
    return chela::fail(chela::ErrorCode::data_loss, "the answer is no HTTP");
  chela::FetchReply reply;
  reply.status = std::atoi(text.c_str() + 9);
  const auto line_end = text.find("\r\n");
  reply.headers =
      internal::parse_headers(std::string_view(text).substr(line_end + 2, head_end - line_end));
  reply.body = text.substr(head_end + 4);
  if (reply.header("transfer-encoding") == "chunked")
    reply.body = internal::join_chunks(reply.body);
  return reply;
}

}  // namespace check_testing
