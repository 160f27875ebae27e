#include "base/process.h"

#include "base/spawn_child.h"
#include "base/unique_fd.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

// glibc's other name for clone(). ThreadSanitizer takes the first for a fork(), since it does not
// look at CLONE_VM, and then lets the parent start no more threads.
extern "C" int __clone(int (*function)(void*), void* stack, int flags, void* argument, ...);

namespace chela::base {
namespace {

constexpr std::size_t child_stack_bytes = 64 * 1024;

// A stack with a guard page for the child, which runs while ours is frozen.
class ChildStack {
 public:
  ChildStack()
      : memory_(::mmap(nullptr, child_stack_bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0)) {
    if (is_there()) ::mprotect(memory_, 4096, PROT_NONE);
  }
  ChildStack(const ChildStack&) = delete;
  ChildStack& operator=(const ChildStack&) = delete;
  ~ChildStack() {
    if (is_there()) ::munmap(memory_, child_stack_bytes);
  }
  bool is_there() const { return memory_ != MAP_FAILED; }
  void* top() const { return static_cast<char*>(memory_) + child_stack_bytes; }

 private:
  void* memory_;
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> list;
  list.reserve(strings.size() + 1);
  for (const auto& text : strings) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

ErrorCode code_of(int error) {
  switch (error) {
    case ENOENT:
      return ErrorCode::not_found;
    case EACCES:
    case EPERM:
      return ErrorCode::permission_denied;
    case EAGAIN:
    case ENOMEM:
    case ENOSPC:
    case EMFILE:
    case ENFILE:
      return ErrorCode::resource_exhausted;
    default:
      return ErrorCode::internal;
  }
}

// clone() with every signal blocked, so that no handler of ours runs in the child.
pid_t clone_blocked(SpawnPlan& plan, int namespace_flags, int& pidfd) {
  const ChildStack stack;
  if (!stack.is_there()) return -1;
  const unsigned long all = ~0UL;
  unsigned long before = 0;
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof all);
  const pid_t pid =
      ::__clone(run_spawn_plan, stack.top(),
                CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD | namespace_flags, &plan, &pidfd);
  const int error = errno;
  ::syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, nullptr, sizeof before);
  errno = error;
  return pid;
}

bool is_refused_namespace(int error) {
  return error == EPERM || error == EACCES || error == ENOSYS || error == ENOSPC ||
         error == EUSERS || error == EINVAL;
}

NamespaceSet wanted_namespaces(const SpawnRequest& request) {
  if (request.namespaces == Namespaces::none) return {};
  const bool has_own_net = request.namespaces == Namespaces::isolated;
  return {.user = ::geteuid() != 0, .net = has_own_net, .ipc = true, .pid = true};
}

int clone_flags(const NamespaceSet& set) {
  return (set.user ? CLONE_NEWUSER : 0) | (set.net ? CLONE_NEWNET : 0) |
         (set.ipc ? CLONE_NEWIPC : 0) | (set.pid ? CLONE_NEWPID : 0);
}

// The caller's memory for one spawn; `plan` points into it.
struct Preparation {
  explicit Preparation(const SpawnRequest& request)
      : argv(pointers(request.argv)), env(pointers(request.env)) {
    for (const auto& fd : request.fds) fds.push_back({fd.parent_fd, fd.child_fd, -1});
    for (int standard = 0; standard < 3; ++standard) {
      const auto is_it = [&](const auto& fd) { return fd.child_fd == standard; };
      if (std::none_of(fds.begin(), fds.end(), is_it)) fds.push_back({null.get(), standard, -1});
    }
    const auto lower = [](const auto& a, const auto& b) { return a.child_fd < b.child_fd; };
    first_free_fd = std::max_element(fds.begin(), fds.end(), lower)->child_fd + 1;
    uid_map = id_map(::geteuid());
    gid_map = id_map(::getegid());
  }
  static std::string id_map(unsigned id) {
    return std::to_string(id) + " " + std::to_string(id) + " 1\n";
  }

  SpawnPlan plan(const SpawnRequest& request, const NamespaceSet& namespaces, int program_fd,
                 int parent_pidfd, bool parent_is_dumpable) {
    SpawnPlan plan{};
    plan.program = request.program.c_str();
    plan.argv = argv.data();
    plan.env = env.data();
    plan.cwd = request.cwd.c_str();
    plan.fds = fds.data();
    plan.fd_count = fds.size();
    plan.first_free_fd = first_free_fd;
    plan.program_fd = program_fd;
    plan.parent_pidfd = parent_pidfd;
    plan.uid_map = namespaces.user ? uid_map.c_str() : nullptr;
    plan.gid_map = gid_map.c_str();
    plan.parent_is_dumpable = parent_is_dumpable;
    plan.has_identity = request.identity.has_value();
    if (request.identity) plan.uid = request.identity->uid;
    if (request.identity) plan.gid = request.identity->gid;
    plan.new_session = request.new_session;
    plan.no_core = request.no_core;
    plan.die_with_parent = request.die_with_parent;
    return plan;
  }

  UniqueFd null{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  std::vector<char*> argv;
  std::vector<char*> env;
  std::vector<SpawnPlan::Fd> fds;
  int first_free_fd = 3;
  std::string uid_map;
  std::string gid_map;
};

// One clone(). `plan` tells afterwards whether the program runs; a child that failed is reaped
// here.
Result<Child> try_spawn(SpawnPlan& plan, const NamespaceSet& namespaces) {
  const int dumpable = ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
  int pidfd = -1;
  const pid_t pid = clone_blocked(plan, clone_flags(namespaces), pidfd);
  const int clone_error = errno;
  // The child's setresuid() marks the memory it shared, ours, as not dumpable.
  if (dumpable <= 1 && ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != dumpable) {
    ::prctl(PR_SET_DUMPABLE, dumpable, 0, 0, 0);
  }
  if (pid < 0) {
    plan.error = clone_error;
    plan.step = "clone";
    plan.failed_in_namespace_setup = clone_flags(namespaces) != 0;
  }
  if (plan.step == nullptr) return Child(pid, pidfd, plan.new_session, namespaces);
  if (pid >= 0) Child(pid, pidfd, plan.new_session, namespaces).wait();
  return fail(code_of(plan.error), std::string("cannot start ") + plan.program + ": " + plan.step +
                                       ": " + std::strerror(plan.error));
}

Result<void> check(const SpawnRequest& request) {
  if (request.program.empty() || request.program.front() != '/') {
    return fail(ErrorCode::invalid_argument,
                "program to start: wanted an absolute path, found '" + request.program + "'");
  }
  for (const auto& fd : request.fds) {
    if (fd.parent_fd < 0 || fd.child_fd < 0) {
      return fail(ErrorCode::invalid_argument, request.program + ": negative descriptor in `fds`");
    }
  }
  return {};
}

bool maps_id(const char* map_file, unsigned id) {
  std::ifstream file(map_file);
  unsigned long inside = 0;
  unsigned long outside = 0;
  unsigned long count = 0;
  while (file >> inside >> outside >> count) {
    if (id >= inside && id - inside < count) return true;
  }
  return false;
}

std::uint64_t namespace_id(const char* link) {
  struct stat info {};
  return ::stat(link, &info) == 0 ? info.st_ino : 0;
}

}  // namespace

NamespaceIds own_namespace_ids() {
  return {namespace_id("/proc/self/ns/user"), namespace_id("/proc/self/ns/net"),
          namespace_id("/proc/self/ns/ipc"), namespace_id("/proc/self/ns/pid")};
}

Identity unprivileged_identity(std::size_t index) {
  const auto id = static_cast<uid_t>(first_unprivileged_id + index % unprivileged_ids);
  const bool is_mapped = maps_id("/proc/self/uid_map", id) && maps_id("/proc/self/gid_map", id);
  return is_mapped ? Identity{id, id} : nobody;
}

std::string Exit::describe() const {
  if (signal != 0) {
    return "killed by signal " + std::to_string(signal) + " (" + ::strsignal(signal) + ")";
  }
  return code == -1 ? "ended unseen" : "exit code " + std::to_string(code);
}

Child::Child(pid_t pid, int pidfd, bool has_session, NamespaceSet namespaces)
    : pid_(pid), pidfd_(pidfd), has_session_(has_session), namespaces_(namespaces) {}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::exchange(other.pidfd_, -1)),
      has_session_(other.has_session_),
      namespaces_(other.namespaces_),
      exit_(other.exit_) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this == &other) return *this;
  dispose();
  pid_ = std::exchange(other.pid_, -1);
  pidfd_ = std::exchange(other.pidfd_, -1);
  has_session_ = other.has_session_;
  namespaces_ = other.namespaces_;
  exit_ = other.exit_;
  return *this;
}

Child::~Child() {
  dispose();
}

void Child::dispose() noexcept {
  if (pidfd_ < 0) return;
  if (!exit_) {
    kill();
    wait();
  }
  ::close(std::exchange(pidfd_, -1));
}

void Child::kill() {
  if (pidfd_ < 0 || exit_) return;
  ::syscall(SYS_pidfd_send_signal, pidfd_, SIGKILL, nullptr, 0);
  // The id of the session cannot be taken by another one before the child is reaped.
  if (has_session_) ::kill(-pid_, SIGKILL);
}

std::optional<Exit> Child::collect(int extra_flags) {
  if (exit_ || pidfd_ < 0) return exit_;
  siginfo_t info{};
  const auto wait_for = [&](int flags) {
    int result = 0;
    do {
      info = {};
      result = ::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd_), &info, flags);
    } while (result != 0 && errno == EINTR);
    return result == 0;
  };
  if (!wait_for(WEXITED | WNOWAIT | extra_flags)) return exit_ = Exit{-1, 0};
  if (info.si_pid == 0) return std::nullopt;  // WNOHANG, still running
  if (has_session_) ::kill(-pid_, SIGKILL);
  if (!wait_for(WEXITED)) return exit_ = Exit{-1, 0};
  const bool has_exited = info.si_code == CLD_EXITED;
  exit_ = Exit{has_exited ? info.si_status : 0, has_exited ? 0 : info.si_status};
  return exit_;
}

std::optional<Exit> Child::reap() {
  return collect(WNOHANG);
}

Exit Child::wait() {
  return collect(0).value_or(Exit{-1, 0});
}

Result<Child> spawn(const SpawnRequest& request) {
  CHELA_TRY(check(request));
  Preparation prepared(request);
  const UniqueFd program(request.identity ? ::open(request.program.c_str(), O_PATH | O_CLOEXEC)
                                          : -1);
  const UniqueFd self(
      request.die_with_parent ? static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)) : -1);
  const bool is_dumpable = ::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1;
  const auto attempt = [&](const NamespaceSet& namespaces, bool& is_refused) {
    auto plan = prepared.plan(request, namespaces, program.get(), self.get(), is_dumpable);
    auto child = try_spawn(plan, namespaces);
    is_refused = plan.failed_in_namespace_setup && is_refused_namespace(plan.error);
    return child;
  };
  bool is_refused = false;
  auto child = attempt(wanted_namespaces(request), is_refused);
  if (child || !is_refused) return child;
  return attempt({}, is_refused);
}

}  // namespace chela::base
