// The story of the heartbeat's own dead-man switch, against a service on loopback.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <mutex>

#include "scenarios/mounts.h"
#include "scenarios/story.h"

namespace chela::test {
namespace {

// Answers each request with the same status and remembers the request lines; says nothing at all
// where the status is 0.
class Service {
 public:
  explicit Service(int status) : status_(status), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_, 16) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      std::abort();
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~Service() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    for (const int client : silent_) close(client);
    close(listener_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/ping/s3cret"; }
  std::vector<std::string> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    for (int client = 0; (client = accept(listener_, nullptr, nullptr)) >= 0;) {
      char bytes[4096];
      const auto got = read(client, bytes, sizeof bytes);
      const std::string text(bytes, got > 0 ? static_cast<std::size_t>(got) : 0);
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(text.substr(0, text.find('\r')));
      }
      if (status_ == 0) {
        silent_.push_back(client);
        continue;
      }
      const std::string answer = "HTTP/1.1 " + std::to_string(status_) +
                                 " X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 2\r\n"
                                 "Connection: close\r\n\r\nOK";
      [[maybe_unused]] const auto sent = write(client, answer.data(), answer.size());
      close(client);
    }
  }

  int status_;
  int listener_;
  int port_ = 0;
  std::mutex mutex_;
  std::vector<std::string> requests_;  // guarded by mutex_
  std::vector<int> silent_;
  std::thread thread_;
};

class Ping : public ::testing::Test {
 protected:
  void SetUp() override {
    desk_.without_builtins();
    add_flicker(desk_, "lamps", "conditions: 0, events: false");
  }
  void ping(const std::string& url, const std::string& every = "30s") {
    spill(desk_.chela_home() / "manifests/host.yaml",
          "ping: {url: \"" + url + "\", every: " + every + "}\n");
  }
  std::string doctor() const { return desk_.chela({"doctor"}).out; }

  Desk desk_;
};

TEST_F(Ping, ATickPingsOnceAndNotAgainAtOnce) {
  Service service(200);
  ping(service.url());
  EXPECT_EQ(desk_.chela({"tick", "--all"}).out, "HEARTBEAT_OK\n");
  EXPECT_EQ(service.requests(), (std::vector<std::string>{"GET /ping/s3cret HTTP/1.1"}));
  EXPECT_NE(doctor().find("answered well at "), std::string::npos);
  EXPECT_EQ(desk_.chela({"tick", "--dry-run"}).exit_code, 0);
  EXPECT_EQ(desk_.chela({"tick"}).exit_code, 0);
  EXPECT_EQ(service.requests().size(), 1u);
}

TEST_F(Ping, ATickThatFailsSaysSo) {
  if (!has_own_mounts()) GTEST_SKIP() << "needs root";
  const Mounted disk(desk_.chela_home() / "state", "2m");
  ASSERT_TRUE(disk.is_there);
  Service service(204);
  ASSERT_EQ(desk_.chela({"tick", "--all"}).exit_code, 0);
  ping(service.url());
  disk.fill();
  EXPECT_EQ(desk_.chela({"tick", "--all"}).exit_code, 1);
  EXPECT_EQ(service.requests(), (std::vector<std::string>{"GET /ping/s3cret/fail HTTP/1.1"}));
}

TEST_F(Ping, ASlipOfThePenIsNoFailureOfTheHeartbeat) {
  Service service(200);
  ping(service.url());
  EXPECT_EQ(desk_.chela({"tick", "--check", "nobody"}).exit_code, 3);
  EXPECT_TRUE(service.requests().empty());
}

TEST_F(Ping, AServiceThatRefusesIsNamedByDoctorAndNothingShowsTheUrl) {
  const struct {
    const char* name;
    int status;
    const char* error;
  } cases[] = {
      {"not found", 404, "the service answered 404"},
      {"elsewhere: not followed", 302, "the service answered 302"},
      {"broken", 500, "the service answered 500"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Service service(c.status);
    ping(service.url());
    fs::remove_all(desk_.chela_home() / "state");
    EXPECT_EQ(desk_.chela({"tick", "--all"}).exit_code, 0) << "the heartbeat itself is well";
    const std::string told = doctor();
    EXPECT_NE(told.find(c.error), std::string::npos) << told;
    EXPECT_EQ(told.find("s3cret"), std::string::npos);
    for (const auto& file : files_like(desk_.chela_home() / "state", ""))
      EXPECT_EQ(slurp(file).find("s3cret"), std::string::npos) << file;
  }
}

TEST_F(Ping, NobodyListens) {
  std::string url;
  {
    Service service(200);
    url = service.url();
  }
  ping(url);
  EXPECT_EQ(desk_.chela({"tick", "--all"}).exit_code, 0);
  EXPECT_NE(doctor().find("failed 1 times in a row: Couldn't connect"), std::string::npos)
      << doctor();
}

TEST_F(Ping, TheDaemonPingsBesideItsWorkAndIsNotHeldUpByASilentService) {
  Service service(0);
  ping(service.url());
  auto running = desk_.start({"run", "--workspace", desk_.workspace().string()});
  std::string text;
  ASSERT_TRUE(wait_for_text(running, "chela is running", text)) << text;
  for (int i = 0; i < 200 && service.requests().empty(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_EQ(service.requests().size(), 1u);
  // The ping hangs; the loop does not.
  EXPECT_EQ(desk_.chela({"tick", "--all"}).out, "HEARTBEAT_OK\n");
  kill(running.pid, SIGTERM);
  EXPECT_EQ(Desk::finish(std::move(running)).exit_code, 0);
}

TEST_F(Ping, AUrlThatIsNoneIsRefusedWithoutBeingShown) {
  ping("ftp://hidden.example/s3cret");
  const auto outcome = desk_.chela({"tick"});
  EXPECT_EQ(outcome.exit_code, 2);
  EXPECT_NE(outcome.err.find("'ping.url': not a URL to ping; wanted https://"), std::string::npos)
      << outcome.err;
  EXPECT_EQ(outcome.err.find("s3cret"), std::string::npos);
}

}  // namespace
}  // namespace chela::test
