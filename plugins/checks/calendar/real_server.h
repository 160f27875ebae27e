// Calendar servers that others wrote, run on loopback for a test, and the way from FakeHost to
// them.
#pragma once

#include <arpa/inet.h>
#include <chela/testing/opened_plugin.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace check_calendar::test {

namespace json = chela::json;

inline int connect_to(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return socket;
  ::close(socket);
  return -1;
}

inline int free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ::bind(socket, reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  ::close(socket);
  return ntohs(address.sin_port);
}

// A server process; it is ended with the value.
class ServerProcess {
 public:
  ServerProcess(std::vector<std::string> argv, int port) : argv_(std::move(argv)), port_(port) {
    start();
  }
  ~ServerProcess() { stop(); }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  void start() {
    std::vector<char*> words;
    for (auto& word : argv_) words.push_back(word.data());
    words.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&child_, words[0], &actions, nullptr, words.data(), environ) != 0) child_ = 0;
    posix_spawn_file_actions_destroy(&actions);
  }
  void stop() {
    if (child_ == 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
    child_ = 0;
  }
  // Whether it takes connections; waits for it up to 20 s.
  bool is_up() const {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (child_ != 0 && std::chrono::steady_clock::now() < until) {
      const int socket = connect_to(port_);
      if (socket >= 0) {
        ::close(socket);
        return true;
      }
      ::poll(nullptr, 0, 20);
    }
    return false;
  }

 private:
  std::vector<std::string> argv_;
  int port_;
  pid_t child_ = 0;
};

inline std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    for (std::size_t k = 0; k < 4; ++k)
      text += i + k <= bytes.size() ? kDigits[group >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

// One HTTP/1.1 exchange with 127.0.0.1.
inline chela::Result<chela::FetchReply> exchange(
    int port, const std::string& method, const std::string& path,
    const std::vector<std::pair<std::string, std::string>>& headers, const std::string& body) {
  const int socket = connect_to(port);
  if (socket < 0) return chela::fail(chela::ErrorCode::unavailable, "nobody answers");
  std::string request = method + " " + path +
                        " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) +
                        "\r\nConnection: close\r\n";
  for (const auto& [name, value] : headers) request += name + ": " + value + "\r\n";
  request += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  for (std::size_t sent = 0; sent < request.size();) {
    const auto size = ::send(socket, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (size <= 0) break;
    sent += static_cast<std::size_t>(size);
  }
  std::string text;
  std::array<char, 65536> buffer{};
  pollfd wait{socket, POLLIN, 0};
  while (::poll(&wait, 1, 30'000) == 1) {
    const auto size = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (size <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  ::close(socket);
  chela::FetchReply reply;
  const auto head_end = text.find("\r\n\r\n");
  if (!text.starts_with("HTTP/1.") || head_end == std::string::npos)
    return chela::fail(chela::ErrorCode::data_loss, "the answer is no HTTP");
  reply.status = std::atoi(text.c_str() + 9);
  for (std::size_t at = text.find("\r\n") + 2; at < head_end + 2;) {
    const auto end = text.find("\r\n", at);
    const auto colon = text.find(':', at);
    std::string name = text.substr(at, colon - at);
    for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const auto value = text.find_first_not_of(' ', colon + 1);
    reply.headers.emplace_back(name, text.substr(value, end - value));
    at = end + 2;
  }
  reply.body = text.substr(head_end + 4);
  if (reply.header("transfer-encoding") != "chunked") return reply;
  std::string whole;
  for (std::size_t at = 0; at < reply.body.size();) {
    const auto size = std::strtoul(reply.body.c_str() + at, nullptr, 16);
    at = reply.body.find("\r\n", at) + 2;
    if (size == 0) break;
    whole += reply.body.substr(at, size);
    at += size + 2;
  }
  reply.body = whole;
  return reply;
}

// Lets `host` fetch from servers on loopback, with the secrets put in as the real host does.
inline void open_way(chela::testing::FakeHost& host, std::map<std::string, std::string> secrets) {
  host.http_handler = [secrets = std::move(secrets)](
                          const json::value& request,
                          const std::string& body) -> chela::Result<chela::FetchReply> {
    const std::string url = chela::get_string(request, "url");
    const auto port_at = url.find(':', 7);
    const auto path_at = url.find('/', 7);
    std::vector<std::pair<std::string, std::string>> headers;
    for (const auto& pair : request.at("headers").as_array()) {
      std::string value(pair.at(1).as_string());
      if (value.starts_with("Basic {{basic:")) {
        const auto colon = value.find(':', 14);
        const std::string user = value.substr(14, colon - 14);
        const std::string name = value.substr(colon + 1, value.size() - colon - 3);
        value = "Basic " + base64(user + ":" + secrets.at(name));
      }
      headers.emplace_back(std::string(pair.at(0).as_string()), value);
    }
    return exchange(std::atoi(url.c_str() + port_at + 1), chela::get_string(request, "method"),
                    url.substr(path_at), headers, body);
  };
}

}  // namespace check_calendar::test
