// The story of what a daemon does when something does not come back: checks that hang, a loop that
// is blocked, a process that is stopped, workers that cannot be started, a signal at any moment.
#include <iostream>

#include "base/time.h"
#include "scenarios/fake_manager.h"
#include "scenarios/story.h"

namespace chela::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

// Whether strace works here; a container may forbid it, and a sanitizer's leak check will not have
// it.
bool has_strace([[maybe_unused]] const Desk& desk) {
#ifdef CHELA_SANITIZED
  const bool has = false;
#else
  const bool has =
      fs::exists("/usr/bin/strace") &&
      Desk::finish(desk.start({"-o", "/dev/null", "/bin/true"}, "/usr/bin/strace")).exit_code == 0;
#endif
  if (!has)
    std::cerr << "\n*** NOT TESTED: needs strace (apt install strace), the right to trace, and no "
                 "sanitizer\n\n";
  return has;
}

// The chela that runs under a tracer: it outlives one that is killed.
pid_t traced_by(const Running& tracer) {
  const std::string pid = std::to_string(tracer.pid);
  const pid_t child =
      static_cast<pid_t>(std::atoi(slurp("/proc/" + pid + "/task/" + pid + "/children").c_str()));
  EXPECT_GT(child, 0);
  return child;
}

class WatchStory : public ::testing::Test {
 protected:
  void SetUp() override {
    adopt_orphans();
    desk_.without_builtins();
  }

  void add(const std::string& id, const std::string& more, const std::string& config) {
    const auto plugin = desk_.chela_home() / "plugins/check.flicker.so";
    if (!fs::exists(plugin)) fs::copy_file(CHELA_FLICKER, plugin);
    spill(desk_.manifest("checks", id), "id: " + id + "\nplugin: check.flicker\n" + more +
                                            "\nconfig: {events: false, " + config + "}\n");
  }
  void add_good(const std::string& id) { add(id, "every: 1s", "conditions: 0"); }
  void add_hanging(const std::string& id, const std::string& deadline) {
    add(id, "every: 1s\ndeadline: " + deadline, "conditions: 0, hang_ms: 3000000");
  }
  Running begin(std::vector<std::string> through = {}) {
    std::vector<std::string> words{"run", "--workspace", desk_.workspace().string()};
    std::string program = Desk::chela_program();
    if (!through.empty()) {
      words.insert(words.begin(), program);
      words.insert(words.begin(), through.begin() + 1, through.end());
      program = through.front();
    }
    Running running = desk_.start(std::move(words), program);
    EXPECT_TRUE(wait_for_text(running, "chela is running for ", text_)) << text_;
    return running;
  }
  std::string log() const { return slurp(desk_.chela_home() / "state/logs/chela.log"); }
  std::size_t logged(const std::string& text) const { return count(log(), text); }
  bool comes(const std::string& text, std::size_t times = 1, milliseconds patience = seconds(30)) {
    for (const auto deadline = steady_clock::now() + patience; steady_clock::now() < deadline;) {
      if (logged(text) >= times) return true;
      std::this_thread::sleep_for(milliseconds(10));
    }
    return logged(text) >= times;
  }
  // When `event id=..` was logged, in order.
  std::vector<Timestamp> times_of(const std::string& event) const {
    std::vector<Timestamp> times;
    std::istringstream lines(log());
    for (std::string line; std::getline(lines, line);) {
      if (line.find(event) == std::string::npos) continue;
      if (const auto time = base::parse_utc(line.substr(0, line.find(' ')))) times.push_back(*time);
    }
    return times;
  }
  // Ends it by SIGTERM; returns its exit code, and that nobody is left.
  int end(Running running, const char* phase) {
    const auto start = steady_clock::now();
    ::kill(running.pid, SIGTERM);
    const auto outcome = Desk::finish(std::move(running));
    const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
    std::printf("SIGTERM while %s: %lld ms\n", phase, static_cast<long long>(took.count()));
    EXPECT_LE(took, seconds(5)) << phase;
    EXPECT_TRUE(all_children_end()) << "somebody is left";
    return outcome.exit_code;
  }

  Desk desk_;
  std::string text_;
};

TEST_F(WatchStory, WhileTwelveChecksHangForAnHourTheOthersAreOnTime) {
  spill(desk_.chela_home() / "manifests/host.yaml", "per_tick: all\n");
  for (int i = 0; i < 12; ++i) add_hanging("hangs-" + std::to_string(10 + i), "1h");
  add_good("good-1");
  add_good("good-2");
  Running daemon = begin();
  ASSERT_TRUE(comes("check.done id=good-1", 12)) << log();
  ASSERT_TRUE(comes("check.done id=good-2", 12)) << log();
  EXPECT_EQ(workers_of(daemon.pid).size(), 12u) << "each hangs once";
  const auto times = times_of("check.done id=good-1");
  Duration longest{};
  for (std::size_t i = 3; i < times.size(); ++i)
    longest = std::max(longest, times[i] - times[i - 1]);
  std::printf(
      "a check of every second, 12 hanging: longest gap %lld ms; the first run came after %s\n",
      static_cast<long long>(longest.count()),
      base::describe_duration(times[0] - times_of("run.start")[0]).c_str());
  EXPECT_LT(longest, seconds(10)) << "a minute and more where they wait for each other";

  // Whoever asks is answered, and told what does not come back.
  const auto asked = desk_.chela({"tick", "--check", "good-1"});
  EXPECT_EQ(asked.exit_code, 0) << asked.err;
  EXPECT_EQ(end(std::move(daemon), "twelve checks hang"), 0);
}

TEST_F(WatchStory, ATickWithAllChecksHangingEndsByTheirDeadlines) {
  for (int i = 0; i < 8; ++i) add_hanging("hangs-" + std::to_string(i), "2s");
  add_good("good");
  const auto start = steady_clock::now();
  const auto outcome = desk_.chela({"tick", "--all"});
  const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
  std::printf("a tick with 8 checks that hang for 2 s each: %lld ms\n",
              static_cast<long long>(took.count()));
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_LT(took, seconds(15)) << "one after the other it is 18 s";
  EXPECT_EQ(count(outcome.err, "did not return from run within 2 s and was killed"), 8u)
      << outcome.err;
  EXPECT_EQ(logged("check.done id=good"), 1u);
  EXPECT_TRUE(all_children_end());
}

TEST_F(WatchStory, AStoppedDaemonGoesOnWithoutAStampedeAndIsNotTakenForStuck) {
  for (const char* id : {"a", "b", "c"}) add_good(id);
  Running daemon = begin();
  ASSERT_TRUE(comes("check.done id=c", 2));
  ::kill(daemon.pid, SIGSTOP);
  std::this_thread::sleep_for(milliseconds(200));
  const auto before = logged("check.done");
  std::this_thread::sleep_for(seconds(5));
  ::kill(daemon.pid, SIGCONT);
  ASSERT_TRUE(comes("check.done", before + 3)) << "it goes on";
  std::this_thread::sleep_for(milliseconds(400));
  const auto after = logged("check.done");
  std::printf("runs of 3 checks of every second in the 0.4 s after a stop of 5 s: %zu\n",
              after - before);
  EXPECT_LE(after - before, 9u) << "15 were missed; they are not made good";
  EXPECT_EQ(logged("loop.blocked"), 0u);
  EXPECT_EQ(end(std::move(daemon), "it ticks"), 0);
}

TEST_F(WatchStory, ABlockedLoopIsLoggedOnceWithHowLong) {
  if (!has_strace(desk_)) GTEST_SKIP() << "needs strace";
  add("lamp", "every: 1h", "conditions: 1");
  Running daemon = begin({"/usr/bin/strace", "-o", "/dev/null", "-e", "trace=fdatasync,fsync", "-e",
                          "inject=fdatasync,fsync:delay_enter=5000000:when=3"});
  EXPECT_TRUE(comes("loop.blocked for=")) << log();
  EXPECT_TRUE(comes("tick.done")) << log();
  EXPECT_EQ(logged("loop.blocked for="), 1u) << log();
  ::kill(traced_by(daemon), SIGTERM);
  EXPECT_EQ(Desk::finish(std::move(daemon)).exit_code, 0);
}

TEST_F(WatchStory, AMachineThatCannotStartWorkersPutsNobodyAside) {
  if (!has_strace(desk_)) GTEST_SKIP() << "needs strace";
  add_good("a");
  add_good("b");
  for (int i = 0; i < 4; ++i) {
    const auto outcome = Desk::finish(desk_.start(
        {"-o", "/dev/null", "-e", "trace=clone", "-e", "inject=clone:error=EAGAIN",
         Desk::chela_program(), "tick", "--all", "--workspace", desk_.workspace().string()},
        "/usr/bin/strace"));
    EXPECT_EQ(outcome.exit_code, 1) << outcome.out;
    EXPECT_EQ(count(outcome.err, "this machine could not start a worker for a, b"), 1u)
        << outcome.err;
    EXPECT_NE(outcome.err.find("Resource temporarily unavailable"), std::string::npos);
    EXPECT_EQ(outcome.err.find("chela disable"), std::string::npos) << "no advice against plugins";
  }
  EXPECT_TRUE(desk_.chela_json({"status"}).at("quarantines").as_array().empty());
  EXPECT_EQ(desk_.chela({"tick", "--all"}).exit_code, 0);
}

TEST_F(WatchStory, AWorkerThatIsNotThereIsNoFaultOfThePlugins) {
  add_good("a");
  add_good("b");
  const fs::path lonely = desk_.root() / "bin/chela";
  fs::create_directories(lonely.parent_path());
  fs::copy_file(Desk::chela_program(), lonely);
  for (int i = 0; i < 4; ++i) {
    const auto outcome = Desk::finish(
        desk_.start({"tick", "--all", "--workspace", desk_.workspace().string()}, lonely.string()));
    EXPECT_EQ(outcome.exit_code, 1) << outcome.out;
    EXPECT_EQ(count(outcome.err, "this machine could not start a worker for a, b"), 1u)
        << outcome.err;
  }
  EXPECT_TRUE(desk_.chela_json({"status"}).at("quarantines").as_array().empty());
}

TEST_F(WatchStory, ADiskThatFailsIsTriedLaterAndLater) {
  if (!has_strace(desk_)) GTEST_SKIP() << "needs strace";
  add_good("a");
  EXPECT_EQ(desk_.chela({"tick", "--all"}).exit_code, 0);
  Running daemon = begin({"/usr/bin/strace", "-o", "/dev/null", "-e", "trace=fdatasync", "-e",
                          "inject=fdatasync:error=EIO:when=8+"});
  ASSERT_TRUE(comes("tick.failed")) << log();
  const auto runs = logged("check.done");
  std::this_thread::sleep_for(seconds(3));
  EXPECT_LE(logged("tick.failed"), 2u) << log();
  EXPECT_LE(logged("check.done"), runs + 1) << "what cannot be recorded is not run over and over";
  ::kill(traced_by(daemon), SIGTERM);
  EXPECT_EQ(Desk::finish(std::move(daemon)).exit_code, 0);
}

TEST_F(WatchStory, AManagerIsToldHowItIs) {
  const fs::path socket = "/tmp/chela-notify-" + std::to_string(getpid());
  fs::remove(socket);
  FakeManager manager(socket);
  desk_.env = {{"NOTIFY_SOCKET", socket.string()}, {"WATCHDOG_USEC", "400000"}};
  add("lamp", "every: 1h", "conditions: 1");
  Running daemon = begin();
  EXPECT_TRUE(manager.hears("READY=1")) << manager.all();
  EXPECT_TRUE(manager.hears("STATUS=0 open alerts; next check lamp at ")) << manager.all();
  EXPECT_TRUE(manager.hears("WATCHDOG=1")) << manager.all();
  ::kill(daemon.pid, SIGHUP);
  EXPECT_TRUE(manager.hears("RELOADING=1\nMONOTONIC_USEC=")) << manager.all();
  EXPECT_TRUE(manager.hears("READY=1")) << manager.all();
  spill(desk_.chela_home() / "manifests/host.yaml", "policy: sideways\n");
  EXPECT_TRUE(manager.hears("READY=1\nSTATUS=the new configuration is not used")) << manager.all();

  // Whoever is stopped does not claim to be alive, and goes on doing so afterwards.
  ::kill(daemon.pid, SIGSTOP);
  std::this_thread::sleep_for(milliseconds(100));
  while (manager.hears("", milliseconds(0))) {
  }
  EXPECT_FALSE(manager.hears("WATCHDOG=1", milliseconds(600)));
  ::kill(daemon.pid, SIGCONT);
  EXPECT_TRUE(manager.hears("WATCHDOG=1")) << manager.all();
  ::kill(daemon.pid, SIGTERM);
  EXPECT_TRUE(manager.hears("STOPPING=1")) << manager.all();
  EXPECT_EQ(Desk::finish(std::move(daemon)).exit_code, 0);
  fs::remove(socket);
}

TEST_F(WatchStory, ATaskBackendThatDiedIsStartedAgain) {
  add("lamp", "every: 1h", "conditions: 1");
  Running daemon = begin();
  ASSERT_TRUE(comes("tick.done"));
  EXPECT_EQ(desk_.chela({"tick", "--all"}).exit_code, 0);  // the lamp is alight: a task
  std::vector<pid_t> workers;
  for (int i = 0; i < 500 && workers.size() != 1; ++i) {
    workers = workers_of(daemon.pid);
    std::this_thread::sleep_for(milliseconds(10));
  }
  ASSERT_EQ(workers.size(), 1u) << "the backend";
  ::kill(workers[0], SIGKILL);
  std::this_thread::sleep_for(milliseconds(1100));  // the back-off of a first crash
  for (int i = 0; i < 2; ++i) {
    const auto outcome = desk_.chela({"tick", "--all"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  }
  EXPECT_EQ(logged("backend.fault"), 1u) << log();
  EXPECT_TRUE(desk_.chela_json({"status"}).at("quarantines").as_array().empty());
  EXPECT_EQ(end(std::move(daemon), "a backend was restarted"), 0);
}

TEST_F(WatchStory, EndsInTimeInEachPhase) {
  {
    add_good("good");
    Running daemon = desk_.start({"run", "--workspace", desk_.workspace().string()});
    for (int i = 0; i < 1000 && logged("run.start") == 0; ++i)
      std::this_thread::sleep_for(milliseconds(1));
    EXPECT_EQ(end(std::move(daemon), "it starts"), 0);
  }
  {
    const auto before = logged("check.done");
    Running daemon = begin();
    ASSERT_TRUE(comes("check.done", before + 2));
    EXPECT_EQ(end(std::move(daemon), "checks run"), 0);
  }
  add_hanging("hangs", "1h");
  {
    Running daemon = begin();
    for (int i = 0; i < 2000 && workers_of(daemon.pid).empty(); ++i)
      std::this_thread::sleep_for(milliseconds(5));
    ::kill(daemon.pid, SIGHUP);
    EXPECT_EQ(end(std::move(daemon), "it reloads and a check hangs"), 0);
  }
  {
    Running daemon = begin();
    const auto goes_on = logged("tick.goes_on_without");
    ASSERT_TRUE(comes("tick.goes_on_without", goes_on + 1));
    EXPECT_EQ(end(std::move(daemon), "a check hangs that no tick waits for"), 0);
  }
  {
    Running daemon = begin();
    for (int i = 0; i < 2000 && workers_of(daemon.pid).empty(); ++i)
      std::this_thread::sleep_for(milliseconds(5));
    ::kill(daemon.pid, SIGTERM);
    std::this_thread::sleep_for(milliseconds(100));
    EXPECT_EQ(end(std::move(daemon), "it ends already"), 0);
  }
  if (!has_strace(desk_)) return;
  const auto done = logged("check.done");
  Running daemon =
      begin({"/usr/bin/strace", "-o", "/dev/null", "-I", "2", "-e", "trace=fdatasync,fsync", "-e",
             "inject=fdatasync,fsync:delay_enter=200000"});
  ASSERT_TRUE(comes("check.done", done + 1));
  const auto start = steady_clock::now();
  ::kill(traced_by(daemon), SIGTERM);
  EXPECT_EQ(Desk::finish(std::move(daemon)).exit_code, 0);
  EXPECT_LE(steady_clock::now() - start, seconds(6)) << "on a disk that takes 0.2 s for each write";
}

}  // namespace
}  // namespace chela::test
