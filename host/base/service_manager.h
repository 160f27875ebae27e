// Tells the service manager that started this process how it is: systemd's notification protocol.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace chela::base {

// The environment of one service, as sd_notify(3) and sd_watchdog_enabled(3) describe it.
struct ServiceEnvironment {
  std::string socket;                                 // NOTIFY_SOCKET: a path, or "@abstract"
  std::optional<std::chrono::microseconds> watchdog;  // WATCHDOG_USEC, where it is for this process
};

// Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID and takes them out of the environment, so
// that no child speaks in our name. A socket that is neither absolute nor abstract is no socket.
ServiceEnvironment take_service_environment();

// Sends datagrams; where there is no manager, or it does not take them, nothing happens: a host
// that runs well must not fail for want of a listener. Never waits.
class ServiceManager {
 public:
  explicit ServiceManager(ServiceEnvironment environment) : environment_(std::move(environment)) {}

  bool is_there() const { return !environment_.socket.empty(); }
  std::optional<std::chrono::microseconds> watchdog() const { return environment_.watchdog; }

  void ready(const std::string& status) { send("READY=1\nSTATUS=" + status); }
  void status(const std::string& status) { send("STATUS=" + status); }
  void reloading();  // ready() ends it
  void stopping() { send("STOPPING=1\nSTATUS=ending"); }
  void alive() { send("WATCHDOG=1"); }

 private:
  void send(const std::string& text);
  ServiceEnvironment environment_;
};

}  // namespace chela::base
