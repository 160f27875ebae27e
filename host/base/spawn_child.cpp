#include "base/spawn_child.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <type_traits>

namespace chela::base {
namespace {

constexpr int last_capability = 63;  // the kernel answers EINVAL above its own last one

// Raw, so that no sanitizer's wrapper runs in memory that belongs to the parent.
template <class T>
long word(T value) {
  if constexpr (std::is_pointer_v<T>) {
    return reinterpret_cast<long>(value);
  } else {
    return static_cast<long>(value);
  }
}

template <class... Args>
long raw(long number, Args... args) {
  return ::syscall(number, word(args)...);
}

bool fails(SpawnPlan& plan, const char* step) {
  plan.error = errno;
  plan.step = step;
  return false;
}

bool write_file(const char* path, const char* text) {
  const long fd = raw(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC, 0);
  if (fd < 0) return false;
  const long written = raw(SYS_write, fd, text, ::strlen(text));
  const int error = errno;
  raw(SYS_close, fd);
  errno = error;
  return written >= 0;
}

// The files belong to root while the memory, which is still the parent's, is marked not dumpable.
// So it is marked dumpable for these three writes.
bool write_id_maps(SpawnPlan& plan) {
  if (!plan.parent_is_dumpable) raw(SYS_prctl, PR_SET_DUMPABLE, 1, 0, 0, 0);
  const bool done = write_file("/proc/self/setgroups", "deny") &&
                    write_file("/proc/self/uid_map", plan.uid_map) &&
                    write_file("/proc/self/gid_map", plan.gid_map);
  const int error = errno;
  if (!plan.parent_is_dumpable) raw(SYS_prctl, PR_SET_DUMPABLE, 0, 0, 0, 0);
  errno = error;
  if (!done) plan.failed_in_namespace_setup = true;
  return done || fails(plan, "write the id maps");
}

bool is_wanted(const SpawnPlan& plan, int fd) {
  for (std::size_t i = 0; i < plan.fd_count; ++i) {
    if (plan.fds[i].child_fd == fd) return true;
  }
  return false;
}

bool close_from(int first) {
  if (raw(SYS_close_range, first, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return true;
  rlimit limit{};  // kernels before 5.11, and containers that refuse the call
  if (raw(SYS_prlimit64, 0, RLIMIT_NOFILE, 0, &limit) != 0) return false;
  const auto last = limit.rlim_max < (1U << 20) ? static_cast<int>(limit.rlim_max) : 1 << 20;
  for (int fd = first; fd < last; ++fd) raw(SYS_fcntl, fd, F_SETFD, FD_CLOEXEC);
  return true;
}

// All sources move above the targets first, so that no target overwrites a source still needed.
bool place_descriptors(SpawnPlan& plan) {
  for (std::size_t i = 0; i < plan.fd_count; ++i) {
    auto& fd = plan.fds[i];
    fd.moved_fd = static_cast<int>(raw(SYS_fcntl, fd.parent_fd, F_DUPFD, plan.first_free_fd));
    if (fd.moved_fd < 0) return fails(plan, "duplicate a descriptor");
  }
  for (int* fd : {&plan.program_fd, &plan.parent_pidfd}) {
    if (*fd < 0) continue;
    *fd = static_cast<int>(raw(SYS_fcntl, *fd, F_DUPFD, plan.first_free_fd));
    if (*fd < 0) return fails(plan, "duplicate a descriptor");
  }
  for (std::size_t i = 0; i < plan.fd_count; ++i) {
    const auto& fd = plan.fds[i];
    if (raw(SYS_dup3, fd.moved_fd, fd.child_fd, 0) < 0) return fails(plan, "place a descriptor");
  }
  for (int fd = 3; fd < plan.first_free_fd; ++fd) {
    if (!is_wanted(plan, fd)) raw(SYS_close, fd);
  }
  return close_from(plan.first_free_fd) || fails(plan, "close descriptors");
}

// The bounding set goes first, while we may: uid 0 without it gets nothing back at execve().
bool take_identity(SpawnPlan& plan) {
  for (int capability = 0; capability <= last_capability; ++capability) {
    raw(SYS_prctl, PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
  raw(SYS_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  if (raw(SYS_setgroups, 0, 0) != 0) return fails(plan, "setgroups");
  if (raw(SYS_setresgid, plan.gid, plan.gid, plan.gid) != 0) return fails(plan, "setresgid");
  if (raw(SYS_setresuid, plan.uid, plan.uid, plan.uid) != 0) return fails(plan, "setresuid");
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  return raw(SYS_capset, &header, none) == 0 || fails(plan, "capset");
}

// One byte is too small for any core file; unlike none at all it also keeps the kernel from feeding
// a core to the handler that kernel.core_pattern names, where limits do not count otherwise.
bool forbid_core(SpawnPlan& plan) {
  const rlimit none{1, 1};
  return raw(SYS_prlimit64, 0, RLIMIT_CORE, &none, 0) == 0 || fails(plan, "limit core files");
}

// After the identity: a change of uid clears the parent-death signal. The parent may have gone
// before.
bool tie_to_parent(SpawnPlan& plan) {
  if (raw(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) return fails(plan, "prctl");
  if (plan.parent_pidfd < 0) return true;
  pollfd parent{plan.parent_pidfd, POLLIN, 0};
  const timespec no_wait{0, 0};
  if (raw(SYS_ppoll, &parent, 1, &no_wait, 0, 0) != 1) return true;
  errno = ESRCH;
  return fails(plan, "look for the parent");
}

// Before the mask opens: a handler of the parent must not run here.
void reset_signals() {
  struct KernelAction {
    void* handler;
    unsigned long flags;
    void* restorer;
    unsigned long mask;
  };
  const KernelAction by_default{};
  for (int signal = 1; signal <= 64; ++signal) {
    raw(SYS_rt_sigaction, signal, &by_default, 0, sizeof(unsigned long));
  }
  const unsigned long none = 0;
  raw(SYS_rt_sigprocmask, SIG_SETMASK, &none, 0, sizeof none);
}

void execute(SpawnPlan& plan) {
  raw(SYS_execve, plan.program, plan.argv, plan.env);
  if (errno == EACCES && plan.program_fd >= 0) {
    raw(SYS_execveat, plan.program_fd, "", plan.argv, plan.env, AT_EMPTY_PATH);
  }
  fails(plan, "execve");
}

}  // namespace

int run_spawn_plan(void* argument) {
  auto& plan = *static_cast<SpawnPlan*>(argument);
  const auto prepared = [&plan] {
    if (plan.uid_map != nullptr && !write_id_maps(plan)) return false;
    if (plan.new_session && raw(SYS_setsid) < 0) return fails(plan, "setsid");
    if (!place_descriptors(plan)) return false;
    if (plan.no_core && !forbid_core(plan)) return false;
    if (raw(SYS_chdir, plan.cwd) != 0) return fails(plan, "chdir");
    if (plan.has_identity && !take_identity(plan)) return false;
    if (plan.die_with_parent && !tie_to_parent(plan)) return false;
    reset_signals();
    return true;
  };
  if (prepared()) execute(plan);
  raw(SYS_exit_group, 127);
  __builtin_unreachable();
}

}  // namespace chela::base
