// Rows 7, 10, 16, 22, 30 and 31: a tick that lacks room, descriptors, the ledger, processes or a
// layer of the box says so and loses nothing.
#include "faults/fault_desk.h"

namespace chela::test {
namespace {

std::vector<std::string> with_limit(const std::string& limit) {
  return {"/bin/bash", "-c", "ulimit " + limit + "; exec \"$0\" \"$@\""};
}

// A program and its libraries need some descriptors to start at all; below that nothing happens.
TEST(Resources, FewDescriptorsAreSaidAndCostNothing) {
  FaultDesk desk;
  EXPECT_EQ(desk.beat().exit_code, 0);
  int failed = 0;
  for (int limit = 4; limit <= 40; limit += 2) {
    SCOPED_TRACE("ulimit -n " + std::to_string(limit));
    const auto outcome = desk.beat_below(with_limit("-n " + std::to_string(limit)));
    EXPECT_LT(outcome.exit_code, 128) << outcome.out << outcome.err;
    EXPECT_TRUE(outcome.exit_code == 0 || !outcome.err.empty());
    failed += outcome.exit_code != 0;
    desk.expect_intact();
    desk.let_a_while_pass();
  }
  std::printf("%d of 19 ticks had too few descriptors\n", failed);
  EXPECT_GT(failed, 2);
  desk.expect_recovered();
}

TEST(Resources, ALimitOnFileSizesIsSaidAndKillsNobody) {
  FaultDesk desk;
  EXPECT_EQ(desk.beat().exit_code, 0);
  for (const int kilobytes : {0, 1, 4, 16, 64}) {
    SCOPED_TRACE("ulimit -f " + std::to_string(kilobytes));
    const auto outcome = desk.beat_below(with_limit("-f " + std::to_string(kilobytes)));
    EXPECT_LT(outcome.exit_code, 128) << "SIGXFSZ ended it: " << outcome.out << outcome.err;
    EXPECT_TRUE(outcome.exit_code == 0 || !outcome.err.empty());
    desk.expect_intact();
    desk.let_a_while_pass();
  }
  desk.expect_recovered();
}

TEST(Resources, ALedgerThatSomebodyHoldsIsWaitedForOnlySoLong) {
  FaultDesk desk;
  EXPECT_EQ(desk.beat().exit_code, 0);
  const long before = desk.runs();
  {
    const Held held(desk.ledger());
    const auto outcome = desk.beat();  // ends by itself, well within the two minutes of finish()
    EXPECT_NE(outcome.exit_code, 0);
    EXPECT_NE(outcome.err.find("ledger.db"), std::string::npos) << outcome.err;
    EXPECT_EQ(desk.runs(), before);
  }
  {
    auto held = std::make_unique<Held>(desk.ledger());
    Running running = desk.start({"tick", "--all", "--workspace", desk.workspace().string()});
    std::this_thread::sleep_for(std::chrono::seconds(1));
    held.reset();
    const auto outcome = Desk::finish(std::move(running));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_EQ(desk.runs(), before + 1);
  }
  desk.expect_recovered();
}

TEST(Resources, AWorkerThatCannotBeStartedIsSaidAndTriedAgain) {
  if (!why_no_strace().empty()) GTEST_SKIP() << "needs strace";
  FaultDesk desk;
  desk.env["ASAN_OPTIONS"] = "detect_leaks=0";
  EXPECT_EQ(desk.beat().exit_code, 0);
  const std::string worker = std::string(CHELA_BINARY_DIR) + "/bin/chela-worker";
  const struct {
    const char* name;
    std::vector<std::string> options;
  } cases[] = {
      {"no such program",
       {"-f", "-P", worker, "-e", "trace=execve,execveat", "-e",
        "inject=execve,execveat:error=ENOENT"}},
      {"no memory for it",
       {"-f", "-P", worker, "-e", "trace=execve,execveat", "-e",
        "inject=execve,execveat:error=ENOMEM"}},
      {"no process to be had",
       {"-e", "trace=clone,clone3,fork,vfork", "-e",
        "inject=clone,clone3,fork,vfork:error=EAGAIN"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const long before = desk.runs();
    const auto outcome = desk.beat_below(strace(c.options));
    EXPECT_EQ(outcome.exit_code, 1) << outcome.out << outcome.err;
    EXPECT_NE(outcome.err.find("check.flicker could not be started"), std::string::npos)
        << outcome.err;
    EXPECT_EQ(desk.runs(), before);
    desk.expect_recovered();
  }
}

TEST(Resources, WithoutALayerOfTheBoxNoPluginIsOpened) {
  if (!why_no_strace().empty()) GTEST_SKIP() << "needs strace";
  FaultDesk desk;
  desk.env["ASAN_OPTIONS"] = "detect_leaks=0";
  EXPECT_EQ(desk.beat().exit_code, 0);
  // The filter is one of several calls of prctl that a worker makes.
  const fs::path log = desk.root() / "trace";
  desk.beat_below({"/usr/bin/strace", "-f", "-qq", "-o", log.string(), "-e", "trace=prctl"});
  std::map<std::string, int> made;
  int place = 0;
  std::istringstream lines(slurp(log));
  for (std::string line; std::getline(lines, line) && place == 0;) {
    const int count_so_far = ++made[line.substr(0, line.find(' '))];
    if (line.find("PR_SET_SECCOMP") != std::string::npos) place = count_so_far;
  }
  ASSERT_GT(place, 0);
  const long before = desk.runs();
  const std::string filter = "prctl:error=EINVAL:when=" + std::to_string(place);
  const struct {
    std::string call;
    const char* named;
  } cases[] = {{"landlock_create_ruleset:error=ENOSYS", "andlock"},
               {"landlock_restrict_self:error=EPERM", "andlock"},
               {filter, "eccomp"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.call);
    const std::string call = c.call.substr(0, c.call.find(':'));
    const auto outcome =
        desk.beat_below(strace({"-f", "-e", "trace=" + call, "-e", "inject=" + c.call}));
    EXPECT_EQ(outcome.exit_code, 1) << outcome.out << outcome.err;
    EXPECT_NE(outcome.err.find(c.named), std::string::npos)
        << "it does not say which: " << outcome.err;
    EXPECT_EQ(desk.runs(), before) << "it ran without its box";
    desk.let_a_while_pass();
  }
  desk.expect_recovered();
}

TEST(Resources, TenThousandTasksAtTheStartAreAtHandAndKept) {
  FaultDesk desk;
  std::string mine = slurp(desk.tasks_file());
  std::string many;
  for (int i = 0; i < 10'000; ++i)
    many += "- [ ] overdue number " + std::to_string(i) + " [due:: 2020-01-01]\n";
  mine.insert(mine.find("## Done"), many + "\n");
  spill(desk.tasks_file(), mine);
  EXPECT_EQ(desk.beat().exit_code, 0);
  EXPECT_EQ(desk.beat().exit_code, 0);
  const std::string text = slurp(desk.tasks_file());
  EXPECT_EQ(count(text, "overdue number"), 10'000u);
  EXPECT_NE(text.find(many), std::string::npos) << "the lines of a person were touched";
  const auto listed = desk.chela_json({"task", "list"});
  EXPECT_GE(listed.at("tasks").as_array().size(), 10'000u);
  desk.expect_recovered();
}

}  // namespace
}  // namespace chela::test
