#include "base/service_manager.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/unique_fd.h"

namespace chela::base {
namespace {

std::string take(const char* name) {
  const char* value = std::getenv(name);
  const std::string text = value == nullptr ? "" : value;
  unsetenv(name);
  return text;
}

std::optional<std::int64_t> number(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value <= 0) return std::nullopt;
  return value;
}

}  // namespace

ServiceEnvironment take_service_environment() {
  ServiceEnvironment environment;
  environment.socket = take("NOTIFY_SOCKET");
  const auto interval = number(take("WATCHDOG_USEC"));
  const std::string pid = take("WATCHDOG_PID");
  const std::string& socket = environment.socket;
  const bool is_usable = socket.size() > 1 && (socket.front() == '/' || socket.front() == '@') &&
                         socket.size() < sizeof(sockaddr_un::sun_path);
  if (!is_usable) environment.socket.clear();
  const bool is_for_us = pid.empty() || number(pid) == std::int64_t{getpid()};
  if (interval && is_for_us && !environment.socket.empty())
    environment.watchdog = std::chrono::microseconds(*interval);
  return environment;
}

// MONOTONIC_USEC lets the manager tell this reload from an earlier one's late message.
void ServiceManager::reloading() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  const auto us = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
  send("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(us));
}

void ServiceManager::send(const std::string& text) {
  if (!is_there()) return;
  const UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.is_open()) return;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& name = environment_.socket;
  std::memcpy(address.sun_path, name.data(), name.size());
  if (name.front() == '@') address.sun_path[0] = '\0';
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  ::sendto(fd.get(), text.data(), text.size(), MSG_NOSIGNAL,
           reinterpret_cast<const sockaddr*>(&address), size);
}

}  // namespace chela::base
