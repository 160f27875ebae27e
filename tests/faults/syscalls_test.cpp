// Rows 1, 5, 7, 8, 9, 10, 18, 30: a real tick in which one system call fails, or at which it is
// killed, at every place where it is made.
#include <sys/wait.h>

#include "faults/fault_desk.h"

namespace chela::test {
namespace {

#ifdef CHELA_SANITIZED
constexpr int kPlaces = 4;  // a tick takes many times as long
#else
constexpr int kPlaces = 1000;
#endif

// How often a tick makes the call.
int times_made(const FaultDesk& desk, const std::string& call) {
  const fs::path log = desk.root() / "trace";
  const auto outcome =
      desk.beat_below({"/usr/bin/strace", "-qq", "-o", log.string(), "-e", "trace=" + call});
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  return static_cast<int>(count(slurp(log), "\n"));
}

struct Injection {
  const char* call;
  const char* what;
  int step = 1;  // every how many-th place
};

class SystemCalls : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!why_no_strace().empty()) GTEST_SKIP() << "needs strace";
    // The leak checker cannot trace a traced process.
    desk_.env["ASAN_OPTIONS"] = "detect_leaks=0";
    EXPECT_EQ(desk_.beat().exit_code, 0);
  }

  void at_every_place(const Injection& injection, bool is_kill) {
    const int made = times_made(desk_, injection.call);
    int hit = 0, said = 0, places = 0;
    for (int n = 1; n <= made && places < kPlaces && !HasFailure(); n += injection.step, ++places) {
      const std::string what =
          std::string(injection.call) + ":" + injection.what + ":when=" + std::to_string(n);
      SCOPED_TRACE(what);
      const long before = desk_.runs();
      const auto outcome = desk_.beat_below(inject(what));
      hit += outcome.exit_code != 0;
      said += !outcome.err.empty();
      if (!is_kill) {
        EXPECT_LT(outcome.exit_code, 128) << "it ended by a signal: " << outcome.out << outcome.err;
        EXPECT_TRUE(outcome.exit_code == 0 || !outcome.err.empty()) << "it failed without a word";
      }
      EXPECT_GE(desk_.runs(), before) << "a recorded run is gone";
      desk_.expect_intact();
      if (places % 8 == 7) desk_.expect_recovered();
      if (!is_kill) desk_.let_a_while_pass();
    }
    std::printf("%-18s %-16s at %3d of %3d places: %d ticks failed, %d said something\n",
                injection.call, injection.what, places, made, hit, said);
    EXPECT_GT(made, 0) << "the tick makes no such call";
    desk_.expect_recovered();
  }

  FaultDesk desk_;
};

TEST_F(SystemCalls, ThatFailInATickLoseNothingAndAreSaid) {
  const Injection injections[] = {
      {"fsync", "error=EIO"},          {"fdatasync", "error=EIO"},
      {"rename", "error=EIO"},         {"renameat2", "error=EIO"},
      {"pwrite64", "error=ENOSPC", 4}, {"pwrite64", "error=EDQUOT", 11},
      {"write", "error=ENOSPC", 2},    {"write", "error=EIO", 5},
      {"openat", "error=EMFILE", 9},   {"pread64", "error=EIO", 13},
      {"read", "error=EIO", 9},        {"memfd_create", "error=EMFILE"},
      {"socketpair", "error=EMFILE"},  {"clone", "error=EAGAIN"},
      {"fstat", "error=EIO", 17},      {"unlink", "error=EIO"},
      {"mkdir", "error=EACCES", 4},    {"fchmod", "error=EPERM"},
  };
  for (const auto& injection : injections) {
    SCOPED_TRACE(injection.call);
    at_every_place(injection, false);
    if (HasFailure()) return;
  }
}

TEST_F(SystemCalls, AtWhichATickIsKilledLoseNothing) {
  const Injection injections[] = {
      {"fsync", "signal=KILL"},     {"fdatasync", "signal=KILL"},   {"rename", "signal=KILL"},
      {"renameat2", "signal=KILL"}, {"pwrite64", "signal=KILL", 3}, {"write", "signal=KILL", 2},
      {"unlink", "signal=KILL"},    {"ftruncate", "signal=KILL"},   {"close", "signal=KILL", 13},
  };
  for (const auto& injection : injections) {
    SCOPED_TRACE(injection.call);
    at_every_place(injection, true);
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace chela::test
