// Every attack of the hostile library, under all layers, under each layer alone, and as on an older
// machine.

#include "host/worker/lab.h"

#include <gtest/gtest.h>

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace chela::worker::test {
namespace {

using base::Namespaces;

// Who stops an attack when it is the only layer.
enum Blocker : unsigned {
  nobody = 0,
  rlimits = 1U << 0,
  process_count = 1U << 1,  // RLIMIT_NPROC, where it can be set
  namespaces = 1U << 2,
  user_namespace = 1U << 3,  // only where the worker has one
  landlock = 1U << 4,
  landlock_2 = 1U << 5,  // needs this ABI
  landlock_3 = 1U << 6,
  landlock_4 = 1U << 7,
  landlock_6 = 1U << 8,
  seccomp = 1U << 9,
  mdwe = 1U << 10,
  always = 1U << 11,  // the way of starting itself
};

enum class Bare {
  works,
  depends
};  // without any layer: works everywhere, or depends on the kernel's settings

struct Row {
  const char* attack;
  const char* under_all;  // alternatives are separated by '|'
  unsigned blockers;
  Bare bare = Bare::works;
};

constexpr Row rows[] = {
    {"read key", "EACCES", landlock},
    {"read key by planted symlink", "EACCES", landlock},
    {"read key by own symlink", "EPERM", landlock | seccomp},
    {"read key by own hard link", "EPERM", landlock | seccomp},
    {"read key by openat2", "ENOSYS", landlock | seccomp},
    {"read key through its folder", "EACCES", landlock},
    {"read key through /proc/self/fd", "EACCES", landlock},
    {"read key through /proc/victim/root", "EACCES", landlock | user_namespace},
    {"list home", "EACCES", landlock},
    {"write file", "EPERM", landlock | seccomp},
    {"read-write file", "EPERM", landlock | seccomp},
    {"create file", "EPERM", landlock | seccomp},
    {"create unnamed file", "EPERM", landlock | seccomp, Bare::depends},
    {"truncate file", "EPERM", landlock_3 | seccomp},
    {"truncate by open", "EPERM", landlock | seccomp},
    {"unlink", "EPERM", landlock | seccomp},
    {"rename", "EPERM", landlock | seccomp},
    {"mkdir", "EPERM", landlock | seccomp},
    {"mkfifo", "EPERM", landlock | seccomp},
    {"chmod", "EPERM", seccomp},
    {"chown", "EPERM", seccomp},
    {"utimes", "EPERM", seccomp},
    {"setxattr", "EPERM", seccomp, Bare::depends},
    {"setxattrat", "ENOSYS", seccomp, Bare::depends},
    {"watch home", "EPERM", seccomp},
    {"read environ of victim", "EACCES", landlock | user_namespace},
    {"read memory of victim", "EACCES", landlock | user_namespace},
    {"read maps of victim", "EACCES", landlock | user_namespace},
    {"read cmdline of victim", "EACCES", landlock},

    {"socket of any family", "EPERM", seccomp},
    {"tcp connect", "EPERM", landlock_4 | namespaces | seccomp},
    {"mptcp connect", "EPERM", namespaces | seccomp, Bare::depends},
    {"tcp fast open", "EPERM", namespaces | seccomp, Bare::depends},
    {"tcp listen", "EPERM", landlock_4 | seccomp},
    {"udp send", "EPERM", namespaces | seccomp},
    {"unix socket by path", "EPERM", seccomp},
    {"abstract unix socket", "EPERM", landlock_6 | namespaces | seccomp},
    {"netlink socket", "EPERM", seccomp},
    {"packet socket", "EPERM", seccomp, Bare::depends},
    {"socket pair", "EPERM", seccomp},
    {"receive a descriptor", "EPERM", seccomp, Bare::depends},

    {"execve shell", "EPERM", landlock | seccomp},
    {"execve through the dynamic linker", "EPERM", landlock | seccomp},
    {"execveat memfd", "EPERM", seccomp},
    {"posix_spawn", "EPERM", landlock | seccomp},
    {"system", "ENOENT", landlock | seccomp},
    {"vfork", "EPERM", seccomp},
    {"clone3", "ENOSYS", seccomp},
    {"fork bomb", "EPERM", process_count | seccomp},
    {"thread bomb", "EAGAIN", process_count},
    {"ptrace victim", "EPERM", namespaces | landlock | seccomp},
    {"process_vm_readv victim", "EPERM", namespaces | landlock | seccomp},
    {"pidfd_getfd victim", "EPERM", namespaces | landlock | seccomp},
    {"pidfd_send_signal victim", "EPERM", namespaces | landlock_6 | seccomp},
    {"kill victim", "EPERM", namespaces | landlock_6 | seccomp},
    {"tgkill victim", "EPERM", namespaces | landlock_6 | seccomp},
    {"tkill victim", "EPERM", namespaces | landlock_6 | seccomp},
    {"sigqueue victim", "EPERM", namespaces | landlock_6 | seccomp},
    {"setown to victim", "EPERM", namespaces | seccomp},
    {"prlimit victim", "EPERM", namespaces | seccomp},
    {"setpriority victim", "EPERM", namespaces | seccomp},
    {"set affinity of victim", "EPERM", namespaces | seccomp},
    {"kcmp victim", "EPERM", namespaces | seccomp, Bare::depends},

    {"io_uring", "EPERM", seccomp, Bare::depends},
    {"bpf", "EPERM", seccomp, Bare::depends},
    {"perf_event_open", "EPERM", seccomp, Bare::depends},
    {"userfaultfd", "EPERM", seccomp, Bare::depends},
    {"add_key", "EPERM", seccomp, Bare::depends},
    {"keyctl", "EPERM", seccomp, Bare::depends},
    {"unshare user namespace", "EPERM", seccomp, Bare::depends},
    {"mount", "EPERM", seccomp, Bare::depends},
    {"setns", "EACCES", landlock, Bare::depends},
    {"chroot", "EPERM", seccomp, Bare::depends},
    {"fanotify", "EPERM", seccomp, Bare::depends},
    {"shared memory", "EPERM", seccomp},
    {"semaphore", "EPERM", seccomp},
    {"message queue", "EPERM", seccomp},
    {"posix message queue", "EPERM", seccomp, Bare::depends},
    {"personality", "EPERM", seccomp},
#if defined(__x86_64__)
    {"int 0x80", "SIGSYS", seccomp, Bare::depends},
    {"x32 call", "SIGSYS", seccomp, Bare::depends},
#endif
    {"call of the future", "ENOSYS", always, Bare::depends},

    {"map writable code", "EPERM", mdwe | seccomp},
    {"map anonymous code", "EPERM", seccomp},
    {"make memory executable", "EPERM", mdwe | seccomp},
    {"map memfd as code", "EPERM", seccomp},
    {"map library shared as code", "EPERM", seccomp},
    {"write into the sealed library", "EPERM", always, Bare::depends},
    {"memory hog", "ENOMEM", rlimits},
    {"memfd hog", "EPERM", rlimits | seccomp},
    {"disk hog", "EPERM", rlimits | landlock | seccomp},
    {"descriptor hog", "EMFILE", rlimits},

    {"inherited descriptor", "EBADF", always, Bare::depends},
    {"inherited environment", "ENOENT", always, Bare::depends},
    {"clear parent-death signal", "EPERM", seccomp},
    {"become dumpable", "EPERM", seccomp},
    {"raise limit", "EPERM", rlimits | seccomp},
    {"raise limit by prlimit", "EPERM", rlimits | seccomp},
    {"own filter", "EPERM", seccomp},
};

#ifdef CHELA_SANITIZED
constexpr bool has_memory_limit = false;  // sanitizers reserve terabytes of address space
#else
constexpr bool has_memory_limit = true;
#endif

bool is_listed(std::string_view alternatives, std::string_view word) {
  return ("|" + std::string(alternatives) + "|").find("|" + std::string(word) + "|") !=
         std::string::npos;
}

bool needs_memory_limit(const Row& row) {
  return std::string_view(row.attack) == "memory hog";
}

// What this machine gives to a worker; asked of the kernel, not of the code under test.
struct Machine {
  bool has_namespaces = false;
  bool has_user_namespace = false;
  bool counts_processes_without = false;  // RLIMIT_NPROC without a user namespace
  bool has_mdwe = ::prctl(66 /* PR_GET_MDWE */, 0, 0, 0, 0) >= 0;
  int landlock_abi = static_cast<int>(::syscall(SYS_landlock_create_ruleset, nullptr, 0, 1));
};

Machine find_machine() {
  base::SpawnRequest request;
  request.program = "/bin/true";
  request.argv = {"true"};
  request.namespaces = Namespaces::isolated;
  request.identity = worker_identity();
  auto child = base::spawn(request);
  EXPECT_TRUE(child) << child.error().message;
  Machine machine;
  machine.has_namespaces = child && child->namespaces().pid;
  machine.has_user_namespace = child && child->namespaces().user;
  const auto identity = worker_identity();
  machine.counts_processes_without =
      base::is_unprivileged_identity(identity ? identity->uid : ::getuid());
  return machine;
}

unsigned landlock_blockers(int abi) {
  return (abi >= 1 ? landlock : 0U) | (abi >= 2 ? landlock_2 : 0U) | (abi >= 3 ? landlock_3 : 0U) |
         (abi >= 4 ? landlock_4 : 0U) | (abi >= 6 ? landlock_6 : 0U);
}

class Hostile : public testing::Test {
 protected:
  // All rows that one of `blockers` promises to stop must not work.
  void expect_blocked(unsigned blockers, const std::vector<std::string>& options,
                      Namespaces spaces) {
    int tried = 0;
    for (const auto& row : rows) {
      if ((row.blockers & blockers) == 0 || (needs_memory_limit(row) && !has_memory_limit))
        continue;
      SCOPED_TRACE(row.attack);
      const auto result = lab_.try_attack(row.attack, options, spaces);
      const bool is_errno_or_kill =
          result.front() == 'E' || result == "SIGSYS" || result == "SIGKILL";
      EXPECT_TRUE(is_errno_or_kill) << result;
      ++tried;
    }
    EXPECT_GT(tried, 0);
    RecordProperty("attacks", tried);
  }

  std::vector<std::string> only(const std::string& layers) const {
    return {"--layers", layers, "--confinement", "best-effort", "--file-mb", "1"};
  }

  Lab lab_;
  Machine machine_ = find_machine();
};

TEST_F(Hostile, NothingWorksUnderAllLayers) {
  if (!machine_.has_namespaces || !machine_.has_mdwe || machine_.landlock_abi < 6) {
    GTEST_SKIP() << "this machine lacks namespaces, MDWE or Landlock ABI 6";
  }
  int tried = 0;
  for (const auto& row : rows) {
    if (needs_memory_limit(row) && !has_memory_limit) {
      std::printf("skipped: '%s' needs RLIMIT_AS, which sanitizers do not bear\n", row.attack);
      continue;
    }
    SCOPED_TRACE(row.attack);
    const auto result = lab_.try_attack(row.attack, {}, Namespaces::isolated);
    EXPECT_TRUE(is_listed(row.under_all, result))
        << "wanted " << row.under_all << ", found " << result;
    ++tried;
  }
  EXPECT_GE(tried, 72);
}

// Without this one the others could pass because the attacks are broken.
TEST_F(Hostile, TheAttacksWorkWithoutAnyLayer) {
  for (const auto& row : rows) {
    if (row.bare != Bare::works) continue;
    SCOPED_TRACE(row.attack);
    EXPECT_EQ(lab_.try_attack(row.attack, only("none"), Namespaces::none), "worked");
  }
}

// Existence, size and times of a file can be asked for: no layer of the kernel hides them.
TEST_F(Hostile, TheOneThatIsKnownToWork) {
  EXPECT_EQ(lab_.try_attack("stat key", {}, Namespaces::isolated), "worked");
}

// Debian 12's kernel 6.1 inside a default container: Landlock ABI 2, no namespaces, no MDWE.
TEST_F(Hostile, NothingImportantWorksOnAnOlderMachine) {
  const unsigned there = rlimits | landlock_blockers(2) | seccomp | always |
                         (machine_.counts_processes_without ? process_count : 0U);
  const std::vector<std::string> options = {"--layers", "rlimits,dumpable_off,landlock,seccomp",
                                            "--landlock-abi", "2"};
  for (const auto& row : rows) {
    if ((row.blockers & there) != 0) continue;
    EXPECT_STREQ(row.attack, "thread bomb") << "is stopped by nothing there";
  }
  expect_blocked(there, options, Namespaces::none);
}

TEST_F(Hostile, RlimitsAloneBlockWhatTheyPromise) {
  expect_blocked(rlimits | (machine_.counts_processes_without ? process_count : 0U),
                 only("rlimits"), Namespaces::none);
}

TEST_F(Hostile, RlimitsCountTheProcessesOfAnOwnUserNamespace) {
  if (!machine_.has_user_namespace) GTEST_SKIP() << "the worker has no user namespace here";
  expect_blocked(process_count, only("rlimits"), Namespaces::isolated);
}

TEST_F(Hostile, NamespacesAloneBlockWhatTheyPromise) {
  if (!machine_.has_namespaces) GTEST_SKIP() << "no namespaces on this machine";
  expect_blocked(namespaces | (machine_.has_user_namespace ? user_namespace : 0U), only("none"),
                 Namespaces::isolated);
}

TEST_F(Hostile, LandlockAloneBlocksWhatItPromisesAtEachAbi) {
  if (machine_.landlock_abi < 1) GTEST_SKIP() << "no Landlock on this machine";
  for (const int abi : {1, 3, 7}) {
    if (abi > machine_.landlock_abi) continue;
    SCOPED_TRACE("ABI " + std::to_string(abi));
    auto options = only("landlock");
    options.insert(options.end(), {"--landlock-abi", std::to_string(abi)});
    expect_blocked(landlock_blockers(abi), options, Namespaces::none);
  }
}

TEST_F(Hostile, SeccompAloneBlocksWhatItPromises) {
  expect_blocked(seccomp, only("seccomp"), Namespaces::none);
}

TEST_F(Hostile, MdweAloneBlocksWhatItPromises) {
  if (!machine_.has_mdwe) GTEST_SKIP() << "this kernel has no MDWE";
  expect_blocked(mdwe, only("mdwe"), Namespaces::none);
}

TEST_F(Hostile, ASpinningConstructorIsStoppedByTheProcessorLimit) {
  EXPECT_EQ(lab_.try_attack("spin", {"--cpu-s", "1"}, Namespaces::isolated), "SIGKILL");
}

TEST_F(Hostile, AConstructorThatNeverReturnsIsKilledAtTheDeadline) {
  for (const char* attack : {"hang", "stop itself"}) {
    SCOPED_TRACE(attack);
    EXPECT_EQ(lab_.try_attack(attack, {}, Namespaces::isolated, 300), "hangs");
  }
}

// The same as somebody without rights: this program once more, with another identity.
TEST(HostileTwice, AsAnUnprivilegedUser) {
  if (::geteuid() != 0) GTEST_SKIP() << "the tests above ran as one already";
  const auto exit = run_again_as_unprivileged("Hostile.*");
  EXPECT_TRUE(exit.ok()) << exit.describe();
}

}  // namespace
}  // namespace chela::worker::test
