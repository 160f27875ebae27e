// The story of `chela run`: one per workspace, takes ticks over, follows its manifests, ends when
// told, sleeps else.
#include "scenarios/story.h"

namespace chela::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

class DaemonStory : public ::testing::Test {
 protected:
  void SetUp() override {
    adopt_orphans();
    desk_.without_builtins();
    add_flicker(desk_, "lamps", "conditions: 1, events: false");
  }

  Running begin() const { return desk_.start({"run", "--workspace", desk_.workspace().string()}); }

  // A daemon that has done what was due at its start.
  Running begin_and_settle() {
    Running running = begin();
    EXPECT_TRUE(wait_for_text(running, "chela is running for ", text_)) << text_;
    EXPECT_TRUE(has_run("lamps", seconds(20)));
    std::this_thread::sleep_for(milliseconds(300));
    return running;
  }

  // Whether the state file names the check before `patience` is over.
  bool has_run(const std::string& check, milliseconds patience) const {
    return comes_true(patience, [&] {
      const auto state = parse_json(slurp(desk_.workspace() / "memory/heartbeat-state.json"));
      const auto* last = state ? find(*state, "lastChecks") : nullptr;
      return last != nullptr && get_int(*last, check) > 0;
    });
  }

  template <class Condition>
  static bool comes_true(milliseconds patience, Condition condition) {
    for (const auto deadline = steady_clock::now() + patience; steady_clock::now() < deadline;) {
      if (condition()) return true;
      std::this_thread::sleep_for(milliseconds(10));
    }
    return condition();
  }

  // Sends SIGTERM; the exit code within the promised 5 s, and nobody is left.
  void end(Running running) {
    const auto start = steady_clock::now();
    ::kill(running.pid, SIGTERM);
    const auto outcome = Desk::finish(std::move(running));
    const auto took = std::chrono::duration_cast<milliseconds>(steady_clock::now() - start);
    std::printf("SIGTERM took %lld ms\n", static_cast<long long>(took.count()));
    EXPECT_LE(took, milliseconds(5000));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.out << outcome.err;
    EXPECT_TRUE(all_children_end()) << "somebody is left";
  }

  // A daemon in the middle of a tick whose check does not come back.
  Running begin_and_hang() {
    add_flicker(desk_, "stuck", "hang_ms: 60000");
    Running running = begin();
    EXPECT_TRUE(comes_true(seconds(20), [&] {
      return has_run("lamps", milliseconds(0)) && !workers_of(running.pid).empty();
    }));
    std::this_thread::sleep_for(milliseconds(200));
    EXPECT_FALSE(workers_of(running.pid).empty());
    return running;
  }

  static long status_field(pid_t pid, const std::string& name) {
    const std::string text = slurp("/proc/" + std::to_string(pid) + "/status");
    const auto at = text.find("\n" + name + ":");
    return at == std::string::npos ? -1 : std::stol(text.substr(at + name.size() + 2));
  }

  Desk desk_;
  std::string text_;
};

TEST_F(DaemonStory, IsAloneTakesTicksOverAndEndsWhenTold) {
  Running daemon = begin_and_settle();
  const std::string pid = std::to_string(daemon.pid);

  const auto second = desk_.chela({"run"});
  EXPECT_EQ(second.exit_code, 3) << second.out << second.err;
  EXPECT_NE(second.err.find(pid), std::string::npos) << second.err;
  EXPECT_EQ(get_int(desk_.chela_json({"status"}), "daemon_pid"), daemon.pid);

  // The lamp is out in run 1, alight in the runs 2 and 3; whoever ticks says it, and here the
  // daemon is asked.
  const auto lit = desk_.chela({"tick", "--all"});
  EXPECT_EQ(lit.exit_code, 0) << lit.err;
  EXPECT_NE(lit.out.find("[warn] lamps: lamp-0 flickers (task "), std::string::npos) << lit.out;
  EXPECT_TRUE(wait_for_text(daemon, "[warn] lamps: lamp-0 flickers (task ", text_, seconds(5)))
      << text_;
  const auto quiet = desk_.chela({"tick", "--all"});
  EXPECT_EQ(quiet.out, "HEARTBEAT_OK\n");
  const auto unknown = desk_.chela({"tick", "--check", "lamp"});
  EXPECT_EQ(unknown.exit_code, 3);
  EXPECT_NE(unknown.err.find("did you mean 'lamps'?"), std::string::npos) << unknown.err;
  EXPECT_EQ(read_tasks(slurp(desk_.workspace() / "TASKS.md")).size(), 1u);
  end(std::move(daemon));

  // What comes next needs no daemon.
  EXPECT_EQ(desk_.chela({"tick"}).out, "HEARTBEAT_OK\n");
}

TEST_F(DaemonStory, EndsInTimeWhileACheckHangs) {
  end(begin_and_hang());
  const auto status = desk_.chela_json({"status"});
  EXPECT_TRUE(status.at("alerts").as_array().empty())
      << "a run that was cut short must not count against its check";
  EXPECT_EQ(get_int(status, "outbox"), 0);
}

TEST_F(DaemonStory, ItsDeathTakesTheWorkersAlong) {
  Running daemon = begin_and_hang();
  ::kill(daemon.pid, SIGKILL);
  EXPECT_EQ(Desk::finish(std::move(daemon)).exit_code, 128 + SIGKILL);
  EXPECT_TRUE(all_children_end()) << "a worker outlived its host by 2 s";
  EXPECT_TRUE(desk_.chela_json({"status"}).at("daemon_pid").is_null());
  Running next = begin();  // neither the lock nor the socket stands in its way
  EXPECT_TRUE(wait_for_text(next, "chela is running for ", text_)) << text_;
}

TEST_F(DaemonStory, FollowsItsManifestsWithinTwoSeconds) {
  Running daemon = begin_and_settle();
  add_flicker(desk_, "added", "conditions: 1, events: false");
  EXPECT_TRUE(has_run("added", seconds(2))) << "a new manifest";

  const auto log = desk_.chela_home() / "state/logs/chela.log";
  const auto reloads = [&] { return count(slurp(log), "config.reloaded"); };
  const auto before = reloads();
  EXPECT_GT(before, 0u) << slurp(log);
  ::kill(daemon.pid, SIGHUP);
  EXPECT_TRUE(comes_true(seconds(2), [&] { return reloads() > before; })) << "SIGHUP";

  spill(desk_.chela_home() / "manifests/host.yaml", "policy: sideways\n");
  EXPECT_TRUE(wait_for_text(daemon, "the last good one goes on", text_, seconds(2))) << text_;
  EXPECT_NE(text_.find("host.yaml:1:"), std::string::npos) << text_;
  EXPECT_EQ(waitpid(daemon.pid, nullptr, WNOHANG), 0) << "it goes on";
  EXPECT_EQ(desk_.chela({"tick"}).exit_code, 2);

  spill(desk_.chela_home() / "manifests/host.yaml", "policy: absolute\n");
  const auto mended = reloads();
  EXPECT_TRUE(comes_true(seconds(2), [&] { return reloads() > mended; })) << "a mended host.yaml";
  EXPECT_EQ(desk_.chela({"tick"}).exit_code, 0);

  fs::rename(desk_.manifest("checks", "added"),
             desk_.manifest("checks", "added").string() + ".off");
  EXPECT_TRUE(comes_true(seconds(2), [&] {
    return desk_.chela({"tick", "--check", "added"}).exit_code == 3;
  }));
  end(std::move(daemon));
}

TEST_F(DaemonStory, NoticesTheFirstManifestOfAll) {
  fs::remove_all(desk_.chela_home() / "manifests");
  Running daemon = begin();
  EXPECT_TRUE(wait_for_text(daemon, "chela is running for ", text_)) << text_;
  const auto enabled = desk_.chela({"enable", "check.flicker", "--id", "lamps", "--yes"});
  EXPECT_EQ(enabled.exit_code, 0) << enabled.err;
  EXPECT_TRUE(has_run("lamps", seconds(5)));
  end(std::move(daemon));
}

TEST_F(DaemonStory, AnIdleDaemonDoesNotWakeUp) {
  Running daemon = begin_and_settle();
  std::this_thread::sleep_for(milliseconds(500));
  const long before = status_field(daemon.pid, "voluntary_ctxt_switches");
  std::this_thread::sleep_for(seconds(2));
  const long wakes = status_field(daemon.pid, "voluntary_ctxt_switches") - before;
  std::printf("wake-ups in 2 s: %ld, resident: %ld kB, threads: %ld\n", wakes,
              status_field(daemon.pid, "VmRSS"), status_field(daemon.pid, "Threads"));
  EXPECT_GE(before, 0);
  EXPECT_LE(wakes, 2);
  end(std::move(daemon));
}

}  // namespace
}  // namespace chela::test
