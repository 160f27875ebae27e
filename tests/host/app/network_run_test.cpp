// Ten thousand heartbeats whose checks ask the network and whose messages go out by it: neither
// memory nor descriptors grow with their number. The servers are a process of their own, so that
// what they remember does not count.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <fstream>

#include "heartbeat/tick.h"
#include "services/plugin_net.h"
#include "support/http_stub.h"

namespace chela::app {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace std::chrono_literals;
using heartbeat::RunResult;
using test::HttpAnswer;
using test::HttpSeen;
using test::HttpStub;

#ifdef CHELA_SANITIZED
constexpr int kTicks = 1'000;  // the allocator is another one, and each tick ten times as slow
#else
constexpr int kTicks = 10'000;
#endif
// Of 7,000 ticks: one leaked byte string each would be many times that.
[[maybe_unused]] constexpr std::size_t kMostGrowth = 64 << 10;

constexpr const char* kPassword = "pa55-word-of-ana";

// Says the least that is IMAP, to one connection after another, until the process ends.
void serve_mail(int listener) {
  while (true) {
    const int peer = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (peer < 0) return;
    const auto say = [peer](const std::string& text) {
      return ::send(peer, text.data(), text.size(), MSG_NOSIGNAL) ==
             static_cast<ssize_t>(text.size());
    };
    say("* OK ready\r\n");
    std::string line;
    char byte = 0;
    while (::recv(peer, &byte, 1, 0) == 1) {
      line += byte;
      if (byte != '\n') continue;
      const std::string tag = line.substr(0, line.find(' '));
      const bool is_greeting = line.find("CAPABILITY") != std::string::npos;
      // In one piece: a second small one would wait 40 ms for the first one's receipt.
      say((is_greeting ? "* CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN\r\n" : "") + tag +
          " OK done\r\n");
      line.clear();
    }
    ::close(peer);
  }
}

// Two servers on loopback in a child that ends with this process.
class Servers {
 public:
  Servers() {
    int ports[2] = {-1, -1};
    EXPECT_EQ(::pipe2(ports, O_CLOEXEC), 0);
    child_ = ::fork();
    if (child_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      run(ports[1]);
      ::_exit(0);
    }
    ::close(ports[1]);
    unsigned short both[2] = {0, 0};
    EXPECT_EQ(::read(ports[0], both, sizeof both), static_cast<ssize_t>(sizeof both));
    ::close(ports[0]);
    web = "http://127.0.0.1:" + std::to_string(both[0]);
    mail = "imap://127.0.0.1:" + std::to_string(both[1]);
  }
  ~Servers() {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, nullptr, 0);
  }
  Servers(const Servers&) = delete;
  Servers& operator=(const Servers&) = delete;

  std::string web, mail;

 private:
  static void run(int out) {
    HttpStub stub([](const HttpSeen& seen) {
      if (seen.method == "POST") return HttpAnswer::whole(200, "taken");
      // Every tenth connection is not kept, and the key comes back as some services do it.
      HttpAnswer answer = HttpAnswer::whole(200, std::string(4000, 'x') + seen.field("x-key"));
      static int count = 0;
      return ++count % 10 == 0 ? answer.close() : answer;
    });
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener, 16) != 0)
      return;
    ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
    const unsigned short both[2] = {stub.port(), ntohs(address.sin_port)};
    if (::write(out, both, sizeof both) < 0) return;
    serve_mail(listener);
  }
  pid_t child_ = -1;
};

class VirtualClock final : public services::Clock {
 public:
  Timestamp now() const override { return time; }
  Timestamp time = Timestamp(500'000h);
};

class NoTokens final : public services::TokenSource {
 public:
  asio::awaitable<Result<std::shared_ptr<const services::SecretString>>> get(
      std::string name) override {
    co_return fail(ErrorCode::failed_precondition, "no login " + name);
  }
  void doubt(const std::string&) override {}
};

class NetworkRun : public ::testing::Test {
 protected:
  NetworkRun() {
    ::signal(SIGPIPE, SIG_IGN);
    std::error_code error;
    const fs::path shared = "/dev/shm";  // this is no test of fsync
    const fs::path parent = fs::is_directory(shared, error) ? shared : fs::temp_directory_path();
    std::string pattern = (parent / "chela-network.XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    fs::create_directories(folder_ / "workspace/memory");
    auto opened = tasks::Ledger::open(folder_ / "ledger.db");
    EXPECT_TRUE(opened.has_value());
    ledger_.emplace(std::move(*opened));
    for (const char* id : {"shop", "mail"}) {
      heartbeat::CheckSpec spec;
      spec.plan.id = id;
      spec.plan.every = 1h;
      spec.plugin = std::string("check.") + id;
      spec.alerts.has_flap_detection = false;
      checks_.push_back(std::move(spec));
    }
    checks_[1].plan.every = 10h;  // a stream takes longer to open than all the rest of a tick
    notifiers_.push_back({.id = "phone"});
    caller_.instance = "all";
    caller_.secrets["password"] = {"env:PASSWORD"};
    caller_.grant.http = {base::HttpGrant(servers_.web)};
    caller_.grant.stream = {servers_.mail};
  }
  ~NetworkRun() override {
    net_.end_idle();
    ledger_.reset();
    std::error_code error;
    fs::remove_all(folder_, error);
  }

  static services::SecretSettings secret_settings() {
    services::SecretSettings settings;
    settings.programs.env = [](const std::string& name) {
      return name == "PASSWORD" ? std::optional<std::string>(kPassword) : std::nullopt;
    };
    return settings;
  }

  services::Deadline soon() const { return std::chrono::steady_clock::now() + 10s; }

  asio::awaitable<Result<services::FetchAnswer>> ask(std::string method, std::string path,
                                                     std::string body) {
    const json::object request{
        {"method", method},
        {"url", servers_.web + path},
        {"headers", json::array{json::array{"x-key", "{{secret:password}}"}}}};
    std::string text = json::serialize(request);
    auto answer = co_await net_.fetch(caller_, std::move(text), std::move(body), soon());
    co_return answer;
  }

  // Opens, asks once, and leaves.
  asio::awaitable<Result<std::string>> look_at_mail() {
    const json::object request{
        {"url", servers_.mail}, {"login", "password"}, {"user", "ana"}, {"secret", "password"}};
    std::string text = json::serialize(request);
    auto stream = co_await net_.open(caller_, std::move(text), soon());
    if (!stream) co_return fail(stream.error());
    auto written = co_await (*stream)->write("a1 NOOP\r\n", soon());
    if (!written) co_return fail(written.error());
    auto answer = co_await (*stream)->read(1000, soon());
    co_return answer;
  }

  // What a run's plugin would do; every other run of the shop finds something.
  asio::awaitable<RunResult> run_check(std::string check, Timestamp now) {
    RunResult result;
    result.run.check = check;
    result.run.started = now;
    result.run.duration = Duration(5);
    std::string problem;
    if (check == "mail") {
      const auto answer = co_await look_at_mail();
      if (!answer) problem = answer.error().message;
      if (answer) ++mails_;
    } else {
      const auto answer = co_await ask("GET", "/shop?n=" + std::to_string(fetches_), "");
      if (!answer) problem = answer.error().message;
      if (answer && answer->body.ends_with("{{secret:password}}")) ++fetches_;
    }
    EXPECT_EQ(problem, "") << check;
    if (check == "shop" && fetches_ % 2 == 0) {
      tasks::Finding finding;
      finding.key = "down";
      finding.severity = tasks::Severity::crit;
      finding.title = "shop is down";
      result.run.report.status = tasks::CheckStatus::crit;
      result.run.report.findings.push_back(finding);
    }
    result.run.report.cursor = json::object{{"n", fetches_}};
    co_return result;
  }

  asio::awaitable<heartbeat::Told> send(json::value message) {
    std::string text = json::serialize(message);
    const auto answer = co_await ask("POST", "/hook", std::move(text));
    heartbeat::Told told;
    if (!answer) told.sent = fail(answer.error());
    if (answer) ++sent_;
    co_return told;
  }

  // Takes every task and keeps none.
  static heartbeat::TaskBackend backend() {
    return [](std::string, std::string op,
              json::value request) -> asio::awaitable<Result<json::value>> {
      if (op == "describe") {
        co_return json::value{{"states", {"queue", "in_progress", "blocked", "done", "cancelled"}},
                              {"priorities", {"none", "low", "medium", "high"}},
                              {"keeps_ids", true}};
      }
      if (op == "list") co_return json::value{{"tasks", json::array()}};
      const std::string key = op == "create" ? "idempotency_key" : "id";
      json::object task{{"title", "a task"}, {"state", "queue"}, {"id", get_string(request, key)}};
      co_return json::value{{"task", task}};
    };
  }

  heartbeat::TickContext context() {
    heartbeat::Policy policy;
    policy.per_tick = 0;
    return {*ledger_,
            clock_,
            log_,
            checks_,
            problems_,
            policy,
            heartbeat::Zone(),
            (folder_ / "workspace/memory/heartbeat-state.json").string(),
            (folder_ / "workspace/heartbeat-state.json").string(),
            "",
            notifiers_,
            [this](std::string check, tasks::CheckRow, Timestamp now) {
              return run_check(std::move(check), now);
            },
            backend(),
            [this](std::string, json::value message) { return send(std::move(message)); },
            [](const std::string&) { return true; },
            &check_runs_,
            &folding_,
            &dispatching_};
  }

  void beat(heartbeat::TickContext& with) {
    bool is_over = false;
    asio::co_spawn(loop_, heartbeat::tick(with, heartbeat::TickRequest()),
                   [&is_over](const std::exception_ptr& thrown, const auto& report) {
                     EXPECT_FALSE(thrown);
                     EXPECT_TRUE(report) << report.error().message;
                     is_over = true;
                   });
    while (!is_over && loop_.run_one() > 0) {
    }
    loop_.restart();
  }

  struct Use {
    std::size_t heap = 0;         // bytes in use
    std::size_t resident = 0;     // bytes
    std::size_t descriptors = 0;  // open
  };
  static Use use() {
    Use now;
    const auto heap = mallinfo2();
    now.heap = heap.uordblks + heap.hblkhd;
    std::size_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages >> pages;
    now.resident = pages * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    now.descriptors =
        static_cast<std::size_t>(std::distance(fs::directory_iterator("/proc/self/fd"), {}));
    return now;
  }

  Servers servers_;  // first: it forks
  fs::path folder_;
  VirtualClock clock_;
  services::Log log_{services::LogSettings(), clock_};
  std::optional<tasks::Ledger> ledger_;
  std::vector<heartbeat::CheckSpec> checks_;
  std::vector<heartbeat::SetupProblem> problems_;
  std::vector<heartbeat::NotifierRules> notifiers_;
  heartbeat::CheckRuns check_runs_;
  services::OneAtATime folding_, dispatching_;
  NoTokens tokens_;
  services::Secrets secrets_{secret_settings(), clock_};
  services::PluginSecrets plugin_secrets_{secrets_, tokens_, "/nonexistent"};
  services::Caller caller_;
  asio::io_context loop_{1};
  services::PluginNet net_{plugin_secrets_, services::HttpSettings(),
                           [](std::string_view, std::string_view) {}};
  int fetches_ = 0, mails_ = 0, sent_ = 0;
};

TEST_F(NetworkRun, LeavesNothingBehind) {
  auto with = context();
  std::vector<Use> uses;
  for (int i = 1; i <= kTicks; ++i) {
    clock_.time += 1h;
    beat(with);
    if (HasFailure()) break;
    if (i % (kTicks / 10) != 0) continue;
    uses.push_back(use());
    std::printf("%6d ticks: heap %zu KiB, resident %zu KiB, %zu descriptors\n", i,
                uses.back().heap / 1024, uses.back().resident / 1024, uses.back().descriptors);
    std::fflush(stdout);
  }
  std::printf("%d fetches, %d streams, %d messages\n", fetches_, mails_, sent_);
  EXPECT_EQ(fetches_, kTicks);
  EXPECT_GE(mails_, kTicks / 10 - 1);
  EXPECT_GE(sent_, kTicks / 2);
  ASSERT_EQ(uses.size(), 10u);
  // Connections that are kept come and go by a few.
  EXPECT_LE(uses.back().descriptors, uses.front().descriptors + 4);
#ifndef CHELA_SANITIZED
  // Closed tasks are kept for 90 days: from 2,160 ticks on the ledger is as large as it gets.
  EXPECT_LE(uses.back().heap, uses[2].heap + kMostGrowth);
#endif
}

}  // namespace
}  // namespace chela::app
