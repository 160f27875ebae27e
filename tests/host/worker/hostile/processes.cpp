// Attacks by new processes and on other processes. All bombs are bounded; what they start ends with
// the session.

#include "attack.h"

#include <fcntl.h>
#include <linux/kcmp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

// glibc's other name for clone(), which no sanitizer wraps.
extern "C" int __clone(int (*function)(void*), void* stack, int flags, void* argument, ...);

namespace hostile {
namespace {

#if defined(__x86_64__)
constexpr const char* dynamic_linker = "/lib64/ld-linux-x86-64.so.2";
#else
constexpr const char* dynamic_linker = "/lib/ld-linux-aarch64.so.1";
#endif

// The program that is run prints "0", which is this library's word for "it worked".
int run(const char* program, std::initializer_list<const char*> words) {
  char* argv[8] = {};
  int count = 0;
  for (const char* word : words) argv[count++] = const_cast<char*>(word);
  char* env[] = {nullptr};
  return outcome(::execve(program, argv, env));
}

int exec_memfd(const Lab&) {
  const int from = ::open("/bin/echo", O_RDONLY);
  if (from < 0) return errno;
  const int to = static_cast<int>(::syscall(SYS_memfd_create, "echo", 0));
  if (to < 0) return errno;
  char part[4096];
  for (ssize_t got = 0; (got = ::read(from, part, sizeof part)) > 0;) {
    if (::write(to, part, static_cast<std::size_t>(got)) < 0) return errno;
  }
  const char* argv[] = {"echo", "0", nullptr};
  const char* env[] = {nullptr};
  return outcome(::syscall(SYS_execveat, to, "", argv, env, AT_EMPTY_PATH));
}

int spawn_shell(const Lab&) {
  char name[] = "sh";
  char option[] = "-c";
  char script[] = "exit 0";
  char* argv[] = {name, option, script, nullptr};
  char* env[] = {nullptr};
  pid_t pid = 0;
  return ::posix_spawn(&pid, "/bin/sh", nullptr, nullptr, argv, env);
}

int by_system(const Lab&) {
  const int status = std::system("exit 7");
  if (status == -1) return errno;
  return WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 0 : ENOENT;
}

int fork_bomb(const Lab&) {
  constexpr int bounded_to = 200;
  for (int i = 0; i < bounded_to; ++i) {
    const pid_t pid = ::fork();
    if (pid < 0) return errno;
    if (pid == 0) {
      for (;;) ::pause();
    }
  }
  return 0;
}

int vfork_child(const Lab&) {
  const pid_t pid = ::vfork();
  if (pid == 0) ::_exit(0);
  return outcome(pid);
}

int clone3_child(const Lab&) {
  struct {
    unsigned long flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
  } argument{};
  argument.exit_signal = SIGCHLD;
  const long pid = ::syscall(SYS_clone3, &argument, sizeof argument);
  if (pid == 0) ::_exit(0);
  return outcome(pid);
}

// Threads without pthread_create(), so that neither the allocator nor a stack sets the limit.
int thread_bomb(const Lab&) {
  constexpr int bounded_to = 300;
  constexpr std::size_t stack_size = 16 * 1024;
  const auto sleeper = [](void*) -> int {
    for (;;) ::pause();
  };
  for (int i = 0; i < bounded_to; ++i) {
    void* stack =
        ::mmap(nullptr, stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (stack == MAP_FAILED) return errno;
    const int flags =
        CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM;
    if (::__clone(sleeper, static_cast<char*>(stack) + stack_size, flags, nullptr) < 0)
      return errno;
  }
  return 0;
}

int read_memory(const Lab& lab) {
  char byte = 0;
  iovec here{&byte, 1};
  iovec there{reinterpret_cast<void*>(lab.victim_secret), 1};
  return outcome(::process_vm_readv(lab.victim, &here, 1, &there, 1, 0));
}

int with_pidfd(const Lab& lab, long call) {
  const long pidfd = ::syscall(SYS_pidfd_open, lab.victim, 0);
  if (pidfd < 0) return errno;
  if (call == SYS_pidfd_getfd) return outcome(::syscall(call, pidfd, 0, 0));
  return outcome(::syscall(call, pidfd, SIGUSR1, nullptr, 0));
}

int queue_signal(const Lab& lab) {
  return outcome(::sigqueue(lab.victim, SIGUSR1, sigval{}));
}

int own_async_descriptor(const Lab& lab) {
  int ends[2];
  if (::pipe(ends) != 0) return errno;
  return outcome(::fcntl(ends[0], F_SETOWN, lab.victim));
}

int affinity(const Lab& lab) {
  cpu_set_t all;
  CPU_ZERO(&all);
  for (int cpu = 0; cpu < 8; ++cpu) CPU_SET(cpu, &all);
  return outcome(::sched_setaffinity(lab.victim, sizeof all, &all));
}

constexpr Attack attacks[] = {
    {"execve shell",
     [](const Lab&) {
       return run("/bin/sh", {"sh", "-c", "echo 0"});
     }},
    {"execve through the dynamic linker",
     [](const Lab&) {
       return run(dynamic_linker, {"ld.so", "/bin/echo", "0"});
     }},
    {"execveat memfd", exec_memfd},
    {"posix_spawn", spawn_shell},
    {"system", by_system},
    {"vfork", vfork_child},
    {"clone3", clone3_child},
    {"fork bomb", fork_bomb},
    {"thread bomb", thread_bomb},
    {"ptrace victim",
     [](const Lab& lab) { return outcome(::ptrace(PTRACE_SEIZE, lab.victim, 0, 0)); }},
    {"process_vm_readv victim", read_memory},
    {"pidfd_getfd victim", [](const Lab& lab) { return with_pidfd(lab, SYS_pidfd_getfd); }},
    {"pidfd_send_signal victim",
     [](const Lab& lab) { return with_pidfd(lab, SYS_pidfd_send_signal); }},
    {"kill victim", [](const Lab& lab) { return outcome(::kill(lab.victim, SIGUSR1)); }},
    {"tgkill victim",
     [](const Lab& lab) {
       return outcome(::syscall(SYS_tgkill, lab.victim, lab.victim, SIGUSR1));
     }},
    {"tkill victim",
     [](const Lab& lab) { return outcome(::syscall(SYS_tkill, lab.victim, SIGUSR1)); }},
    {"sigqueue victim", queue_signal},
    {"setown to victim", own_async_descriptor},
    {"prlimit victim",
     [](const Lab& lab) {
       rlimit old{};
       return outcome(::syscall(SYS_prlimit64, lab.victim, RLIMIT_NOFILE, nullptr, &old));
     }},
    {"setpriority victim",
     [](const Lab& lab) {
       return outcome(::setpriority(PRIO_PROCESS, static_cast<id_t>(lab.victim), 5));
     }},
    {"set affinity of victim", affinity},
    {"kcmp victim",
     [](const Lab& lab) {
       return outcome(::syscall(SYS_kcmp, ::getpid(), lab.victim, KCMP_FILES, 0, 0));
     }},
};

}  // namespace

std::span<const Attack> process_attacks() {
  return attacks;
}

}  // namespace hostile
