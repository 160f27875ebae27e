// Row 2: a real tick is traced, and after every power cut that its writes and syncs allow, the
// state file and TASKS.md are the old or the new ones; what was acknowledged is the new.
#include "faults/crash_states.h"
#include "faults/fault_desk.h"

namespace chela::test {
namespace {

Folder folder_at(const fs::path& path) {
  Folder folder;
  for (const auto& entry : fs::directory_iterator(path)) {
    if (entry.is_regular_file()) folder[entry.path().filename().string()] = slurp(entry.path());
  }
  return folder;
}

struct Verdict {
  long states = 0;
  long torn = 0;  // neither the old nor the new file
  long lost = 0;  // the old one after the end
};

Verdict judge(const Trace& trace, const std::string& name) {
  const std::string old = trace.start().at(name), fresh = trace.after().at(name);
  Verdict verdict;
  verdict.states = each_crash_state(trace, [&](const Folder& folder, bool is_acknowledged) {
    const auto found = folder.find(name);
    const bool is_old = found != folder.end() && found->second == old;
    const bool is_new = found != folder.end() && found->second == fresh;
    verdict.torn += !is_old && !is_new;
    verdict.lost += is_old && is_acknowledged;
  });
  return verdict;
}

Trace without(Trace trace, DiskOp::Kind kind) {
  std::erase_if(trace.ops, [&](const DiskOp& op) { return op.kind == kind; });
  return trace;
}

class PowerCut : public ::testing::Test {
 protected:
  // Two ticks, the second one traced: it opens a task and writes both files anew.
  void SetUp() override {
    if (!why_no_strace().empty()) GTEST_SKIP() << "needs strace";
    desk_.env["ASAN_OPTIONS"] = "detect_leaks=0";
    ASSERT_EQ(desk_.beat().exit_code, 0);
    // More than a sector each, so that they can be torn.
    spill(desk_.tasks_file(),
          slurp(desk_.tasks_file()) + "\n<!-- " + std::string(1500, 'x') + " -->\n");
    auto state = parse_json(slurp(desk_.state_file())).value();
    state.as_object()["mine"] = std::string(1500, 'y');
    spill(desk_.state_file(), json::serialize(state));
    memory_ = folder_at(desk_.workspace() / "memory");
    workspace_ = folder_at(desk_.workspace());
    const fs::path log = desk_.root() / "trace";
    const auto outcome = desk_.beat_below(
        {"/usr/bin/strace", "-qq", "-y", "-xx", "-s", "1000000", "-o", log.string(), "-e",
         "trace=openat,write,pwrite64,ftruncate,fsync,fdatasync,rename,renameat,renameat2,link,"
         "linkat,unlink,unlinkat"});
    ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
    text_ = slurp(log);
  }

  void expect_old_or_new(const Trace& trace, const fs::path& folder,
                         const std::string& name) const {
    ASSERT_EQ(trace.after(), folder_at(folder)) << "the trace was read as it happened";
    ASSERT_NE(trace.after().at(name), trace.start().at(name)) << "the tick wrote it";
    const auto verdict = judge(trace, name);
    std::printf("%s: %zu operations, %ld crash states, %ld torn, %ld lost\n", name.c_str(),
                trace.ops.size(), verdict.states, verdict.torn, verdict.lost);
    EXPECT_GT(verdict.states, 10);
    EXPECT_EQ(verdict.torn, 0);
    EXPECT_EQ(verdict.lost, 0);
    // The model would have seen it: the same writes without their syncs.
    EXPECT_GT(judge(without(trace, DiskOp::Kind::sync_file), name).torn, 0);
    EXPECT_GT(judge(without(trace, DiskOp::Kind::sync_folder), name).lost, 0);
  }

  FaultDesk desk_;
  Folder memory_, workspace_;
  std::string text_;
};

TEST_F(PowerCut, LeavesTheOldOrTheNewStateFile) {
  const fs::path folder = desk_.workspace() / "memory";
  expect_old_or_new(read_trace(text_, folder.string(), memory_), folder, "heartbeat-state.json");
}

TEST_F(PowerCut, LeavesTheOldOrTheNewTaskFile) {
  expect_old_or_new(read_trace(text_, desk_.workspace().string(), workspace_), desk_.workspace(),
                    "TASKS.md");
}

}  // namespace
}  // namespace chela::test
