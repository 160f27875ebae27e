// What a service manager hears on its socket, and what is read from the environment it gave.
#include "base/service_manager.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/unique_fd.h"

namespace chela::base {
namespace {

using std::chrono::microseconds;

// A manager that remembers; `name` is a path or "@abstract".
class FakeManager {
 public:
  explicit FakeManager(const std::string& name)
      : fd_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name.front() == '@') address.sun_path[0] = '\0';
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    EXPECT_EQ(bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
  }
  // The next message, "" where there is none.
  std::string heard() const {
    char bytes[1024];
    const auto got = recv(fd_.get(), bytes, sizeof bytes, 0);
    return got < 0 ? "" : std::string(bytes, static_cast<std::size_t>(got));
  }

 private:
  UniqueFd fd_;
};

void set_environment(const std::string& socket, const std::string& usec, const std::string& pid) {
  setenv("NOTIFY_SOCKET", socket.c_str(), 1);
  setenv("WATCHDOG_USEC", usec.c_str(), 1);
  if (pid.empty()) {
    unsetenv("WATCHDOG_PID");
  } else {
    setenv("WATCHDOG_PID", pid.c_str(), 1);
  }
}

TEST(ServiceEnvironment, IsTakenOutOfTheEnvironment) {
  const std::string own = std::to_string(getpid());
  const struct {
    const char* name;
    std::string socket, usec, pid;
    bool has_socket;
    std::optional<microseconds> watchdog;
  } cases[] = {
      {"all of it", "/run/x", "30000000", own, true, microseconds(30'000'000)},
      {"no pid", "@x", "30000000", "", true, microseconds(30'000'000)},
      {"another's watchdog", "/run/x", "30000000", "1", true, std::nullopt},
      {"no watchdog", "/run/x", "", "", true, std::nullopt},
      {"an odd number", "/run/x", "30s", "", true, std::nullopt},
      {"none at all", "", "30000000", "", false, std::nullopt},
      {"a kind of socket that is not spoken here", "vsock:2:1", "", "", false, std::nullopt},
      {"a relative path", "run/x", "", "", false, std::nullopt},
      {"too long", "/" + std::string(200, 'x'), "", "", false, std::nullopt},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    set_environment(c.socket, c.usec, c.pid);
    const auto environment = take_service_environment();
    EXPECT_EQ(!environment.socket.empty(), c.has_socket);
    EXPECT_EQ(environment.watchdog, c.watchdog);
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"})
      EXPECT_EQ(getenv(name), nullptr) << name;
  }
}

TEST(ServiceManager, HearsEachMessageOnPathsAndAbstractNames) {
  std::string pattern = std::string(CHELA_BINARY_DIR) + "/tests/notify.XXXXXX";
  const std::filesystem::path folder = mkdtemp(pattern.data());
  for (const std::string& name :
       {(folder / "socket").string(), "@chela-test-" + std::to_string(getpid())}) {
    SCOPED_TRACE(name);
    const FakeManager manager(name);
    ServiceManager service({name, std::nullopt});
    service.ready("3 open alerts");
    EXPECT_EQ(manager.heard(), "READY=1\nSTATUS=3 open alerts");
    service.status("fine");
    EXPECT_EQ(manager.heard(), "STATUS=fine");
    service.alive();
    EXPECT_EQ(manager.heard(), "WATCHDOG=1");
    service.reloading();
    const std::string reload = manager.heard();
    EXPECT_EQ(reload.rfind("RELOADING=1\nMONOTONIC_USEC=", 0), 0u) << reload;
    EXPECT_GT(std::stoll(reload.substr(reload.rfind('=') + 1)), 0);
    service.stopping();
    EXPECT_EQ(manager.heard(), "STOPPING=1\nSTATUS=ending");
    EXPECT_EQ(manager.heard(), "");
  }
  std::filesystem::remove_all(folder);
}

TEST(ServiceManager, ThatIsNotThereIsNoTrouble) {
  ServiceManager nobody({});
  EXPECT_FALSE(nobody.is_there());
  nobody.ready("x");
  ServiceManager gone({"@chela-test-nobody-listens", std::nullopt});
  EXPECT_TRUE(gone.is_there());
  gone.ready("x");
}

}  // namespace
}  // namespace chela::base
