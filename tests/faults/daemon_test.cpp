// Rows 11, 21, 24, 29, 45 and 46: a daemon whose folders go, that sleeps, is told to end at any
// moment, whose plugin is replaced, and around which one call in a hundred fails.
#include <sys/mount.h>

#include "faults/fault_desk.h"

namespace chela::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

class FaultyDaemon : public ::testing::Test {
 protected:
  void beat_every_second() const {
    std::string manifest = slurp(desk_.manifest("checks", "lamps"));
    manifest.replace(manifest.find("every: 1h"), 9, "every: 1s");
    spill(desk_.manifest("checks", "lamps"), manifest);
  }
  Running begin(std::vector<std::string> below = {}) {
    auto words = desk_.beat_words();
    words[1] = "run";
    words.erase(words.begin() + 2);  // --all
    below.insert(below.end(), words.begin(), words.end());
    const std::string program = below[0];
    below.erase(below.begin());
    text_.clear();
    Running running = desk_.start(std::move(below), program);
    EXPECT_TRUE(wait_for_text(running, "chela is running for ", text_)) << text_;
    return running;
  }
  Running begin_and_settle() {
    Running running = begin();
    EXPECT_TRUE(comes_true(seconds(20),
                           [&] { return fs::exists(desk_.state_file()) && desk_.runs() > 0; }));
    return running;
  }
  Outcome end(Running running) {
    ::kill(running.pid, SIGTERM);
    const auto outcome = Desk::finish(std::move(running), seconds(20));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
    EXPECT_TRUE(all_children_end());
    return outcome;
  }
  static long status_field(pid_t pid, const std::string& name) {
    const std::string text = slurp("/proc/" + std::to_string(pid) + "/status");
    const auto at = text.find("\n" + name + ":");
    return at == std::string::npos ? -1 : std::stol(text.substr(at + name.size() + 2));
  }
  static std::size_t descriptors(pid_t pid) {
    std::error_code ignored;
    std::size_t open = 0;
    for (const auto& entry :
         fs::directory_iterator("/proc/" + std::to_string(pid) + "/fd", ignored))
      open += entry.is_symlink();
    return open;
  }

  FaultDesk desk_;
  std::string text_;
};

TEST_F(FaultyDaemon, SaysThatItsWorkspaceIsGoneAndGoesOnWhenItIsBack) {
  Running daemon = begin_and_settle();
  const fs::path away = desk_.root() / "away";
  fs::rename(desk_.workspace(), away);
  const auto without = Desk::finish(desk_.start(
      {"tick", "--all", "--workspace", desk_.workspace().string()}, Desk::chela_program()));
  EXPECT_NE(without.exit_code, 0) << without.out;
  EXPECT_FALSE(without.err.empty());
  EXPECT_EQ(waitpid(daemon.pid, nullptr, WNOHANG), 0) << "it goes on";
  std::error_code ignored;
  fs::remove_all(desk_.workspace(), ignored);  // it may have made the folder anew
  fs::rename(away, desk_.workspace());
  desk_.let_a_while_pass();
  EXPECT_EQ(desk_.beat().exit_code, 0);
  end(std::move(daemon));
  desk_.expect_recovered();
}

TEST_F(FaultyDaemon, SaysThatItsWorkspaceIsReadOnly) {
  const std::string folder = desk_.workspace().string();
  if (unshare(CLONE_NEWNS) != 0 ||
      mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
    GTEST_SKIP() << "mounting needs root";
  }
  Running daemon = begin_and_settle();
  ASSERT_EQ(mount(folder.c_str(), folder.c_str(), nullptr, MS_BIND, nullptr), 0);
  ASSERT_EQ(mount(nullptr, folder.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr), 0);
  const auto refused = desk_.beat();
  EXPECT_EQ(umount2(folder.c_str(), MNT_DETACH), 0);
  EXPECT_EQ(refused.exit_code, 1) << refused.out << refused.err;
  EXPECT_NE(refused.err.find("TASKS.md"), std::string::npos) << refused.err;
  desk_.let_a_while_pass();
  EXPECT_EQ(desk_.beat().exit_code, 0);
  end(std::move(daemon));
  desk_.expect_recovered();
}

TEST_F(FaultyDaemon, WhoseStateFileIsDamagedSaysSoThoughItOnlyLooked) {
  Running daemon = begin_and_settle();
  spill(desk_.state_file(), "{\"lastChecks\": {");
  ::kill(daemon.pid, SIGHUP);  // it looks when the next check is due
  ASSERT_TRUE(comes_true(seconds(20), [&] { return !fs::exists(desk_.state_file()); }));
  const auto outcome = desk_.beat();
  EXPECT_EQ(count(outcome.err, "it is kept as "), 1u) << outcome.out << outcome.err;
  EXPECT_EQ(desk_.beat().exit_code, 0);
  end(std::move(daemon));
}

// The state folder is gone, and with it the door that others find the daemon by.
TEST_F(FaultyDaemon, WhoseStateIsDeletedSaysSoAndMakesNoTaskTwice) {
  beat_every_second();
  Running daemon = begin_and_settle();
  ASSERT_TRUE(comes_true(seconds(20), [&] { return desk_.runs() >= 2; }));
  fs::remove_all(desk_.chela_home() / "state");
  EXPECT_TRUE(wait_for_text(daemon, "was removed or replaced", text_, seconds(20))) << text_;
  end(std::move(daemon));
  for (int i = 0; i < 3; ++i) desk_.beat();
  desk_.expect_intact();
}

TEST_F(FaultyDaemon, WhoseLedgerIsHeldSaysThatRatherThanThatItIsRunning) {
  Running daemon = begin_and_settle();
  const auto holding = std::make_unique<Held>(desk_.ledger());
  const auto outcome = desk_.beat();
  EXPECT_EQ(outcome.exit_code, 1);
  EXPECT_NE(outcome.err.find("ledger.db"), std::string::npos) << outcome.err;
  EXPECT_EQ(outcome.err.find("is locked by process"), std::string::npos) << outcome.err;
  end(std::move(daemon));
}

TEST_F(FaultyDaemon, ThatSleptThroughManyBeatsCatchesUpOnce) {
  beat_every_second();
  Running daemon = begin_and_settle();
  ::kill(daemon.pid, SIGSTOP);
  const long before = desk_.runs();
  std::this_thread::sleep_for(seconds(4));
  const auto woken = steady_clock::now();
  ::kill(daemon.pid, SIGCONT);
  EXPECT_TRUE(comes_true(seconds(10), [&] { return desk_.runs() > before; }));
  const long runs = desk_.runs() - before;
  const auto since = std::chrono::duration_cast<seconds>(steady_clock::now() - woken).count();
  EXPECT_LE(runs, since + 2) << "beats that were slept through are not made up for";
  end(std::move(daemon));
  desk_.expect_recovered();
}

TEST_F(FaultyDaemon, KeepsRunningAPluginThatIsReplacedAndRefusesTheNewFile) {
  add_flicker(desk_, "slow", "events: false, hang_ms: 1500", "alerts: {flapping: false}\n");
  Running daemon = begin();
  ASSERT_TRUE(
      comes_true(seconds(20), [&] { return desk_.runs() > 0 && !workers_of(daemon.pid).empty(); }));
  const fs::path file = desk_.chela_home() / "plugins/check.flicker.so";
  std::string bytes = slurp(file);
  bytes += "changed";
  std::ofstream(file, std::ios::binary | std::ios::in) << bytes;  // in place, as cp does
  EXPECT_TRUE(comes_true(seconds(10), [&] {
    const auto state = parse_json(slurp(desk_.state_file()));
    const auto* last = state ? find(*state, "lastChecks") : nullptr;
    return last != nullptr && get_int(*last, "slow") > 0;
  })) << "the run that had begun ends well";
  const auto refused = desk_.beat();
  EXPECT_EQ(refused.exit_code, 1) << refused.out;
  EXPECT_NE(refused.err.find("has changed since"), std::string::npos) << refused.err;
  end(std::move(daemon));
}

TEST_F(FaultyDaemon, AWorkerThatIsStoppedIsKilledAtItsDeadline) {
  for (const char* check : {"lamps", "slow"})
    add_flicker(desk_, check, "events: false, hang_ms: 500", "deadline: 2s\n");
  Running tick = desk_.start({"tick", "--all", "--workspace", desk_.workspace().string()});
  ASSERT_TRUE(comes_true(seconds(20), [&] { return !workers_of(tick.pid).empty(); }));
  // Whichever it is, it sleeps on; the other check has its turn.
  for (const pid_t worker : workers_of(tick.pid)) ::kill(worker, SIGSTOP);
  const auto outcome = Desk::finish(std::move(tick), seconds(60));
  EXPECT_EQ(outcome.exit_code, 1) << outcome.out;
  EXPECT_NE(outcome.err.find("was killed"), std::string::npos) << outcome.err;
  desk_.expect_intact();
}

TEST_F(FaultyDaemon, EndsInTimeWheneverItIsTold) {
  add_flicker(desk_, "slow", "events: false, hang_ms: 30", "alerts: {flapping: false}\n");
  for (int delay = 0; delay < 300; delay += 20) {
    SCOPED_TRACE("after " + std::to_string(delay) + " ms");
    fs::remove(desk_.state_file());
    Running daemon = desk_.start({"run", "--workspace", desk_.workspace().string()});
    std::this_thread::sleep_for(milliseconds(delay));
    ::kill(daemon.pid, SIGTERM);
    const auto begun = steady_clock::now();
    const auto outcome = Desk::finish(std::move(daemon), seconds(20));
    EXPECT_LE(steady_clock::now() - begun, seconds(5));
    EXPECT_TRUE(outcome.exit_code == 0 || outcome.exit_code == 128 + SIGTERM)
        << outcome.exit_code << outcome.err;
    EXPECT_TRUE(all_children_end());
    if (fs::exists(desk_.chela_home() / "state"))
      desk_.ask_ledger("UPDATE checks SET last_ok = 0, last_attempt = 0");
  }
  desk_.expect_recovered();
}

TEST_F(FaultyDaemon, EndsAtOnceWhenItIsToldTwice) {
  add_flicker(desk_, "stuck", "hang_ms: 60000");
  Running daemon = begin();
  ASSERT_TRUE(
      comes_true(seconds(20), [&] { return desk_.runs() > 0 && !workers_of(daemon.pid).empty(); }));
  std::this_thread::sleep_for(milliseconds(200));
  ::kill(daemon.pid, SIGTERM);
  std::this_thread::sleep_for(milliseconds(200));
  const auto begun = steady_clock::now();
  ::kill(daemon.pid, SIGTERM);
  Desk::finish(std::move(daemon), seconds(20));
  EXPECT_LT(steady_clock::now() - begun, seconds(2)) << "the first one may take four";
  EXPECT_TRUE(all_children_end());
  fs::remove(desk_.manifest("checks", "stuck"));
  desk_.expect_recovered();
}

// Every hundredth of the calls that touch disk and workers fails, for some hundred beats.
TEST_F(FaultyDaemon, LivesOnWhileOneCallInAHundredFails) {
  if (!why_no_strace().empty()) GTEST_SKIP() << "needs strace";
  desk_.env["ASAN_OPTIONS"] = "detect_leaks=0";
  beat_every_second();
  EXPECT_EQ(desk_.beat().exit_code, 0);
  Running below = begin(strace({"-e",
                                "trace=fsync,fdatasync,pwrite64,pread64,openat,unlink,rename,"
                                "renameat2,clone,memfd_create,socketpair",
                                "-e",
                                "inject=fsync,fdatasync,pwrite64,pread64,openat,unlink,rename,"
                                "renameat2,clone,memfd_create,socketpair:error=EIO:when=100+100"}));
  const pid_t daemon = static_cast<pid_t>(get_int(desk_.chela_json({"status"}), "daemon_pid"));
  ASSERT_GT(daemon, 0);
  long memory = 0;
  std::size_t open = 0;
  for (int i = 0; i < 15; ++i) {
    for (int j = 0; j < 4; ++j) desk_.beat();  // the daemon is asked
    std::this_thread::sleep_for(milliseconds(100));
    desk_.ask_ledger("DELETE FROM faults");
    desk_.ask_ledger("DELETE FROM quarantines");
    ASSERT_GT(status_field(daemon, "VmRSS"), 0) << "it died";
    if (i == 4) memory = status_field(daemon, "VmRSS"), open = descriptors(daemon);
  }
  std::printf("%ld runs; resident %ld kB, then %ld kB; descriptors %zu, then %zu\n", desk_.runs(),
              memory, status_field(daemon, "VmRSS"), open, descriptors(daemon));
  EXPECT_GT(desk_.runs(), 20);
#ifndef CHELA_SANITIZED  // it keeps what was freed
  EXPECT_LE(status_field(daemon, "VmRSS"), memory + 4096);
#endif
  // While a worker is begun there are more for a moment; those of a leak would stay.
  EXPECT_TRUE(comes_true(seconds(10), [&] { return descriptors(daemon) <= open + 8; }))
      << descriptors(daemon) << " descriptors";
  EXPECT_LE(files_like(desk_.root(), ".chela-tmp-").size(), 8u);
  ::kill(daemon, SIGTERM);
  Desk::finish(std::move(below), seconds(20));
  desk_.expect_recovered();
}

}  // namespace
}  // namespace chela::test
