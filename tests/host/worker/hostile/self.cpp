// Attacks on one's own confinement, on what was inherited, and on the patience of the host.

#include "attack.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

namespace hostile {
namespace {

// 0 to 2 standard, 4 the library, 5 the lab; 3 would be the socket.
int inherited_descriptor(const Lab&) {
  for (int fd = 6; fd < 2048; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) return 0;
  }
  return EBADF;
}

int raise_limit(const Lab&) {
  const rlimit more{300, 300};
  return outcome(::setrlimit(RLIMIT_NOFILE, &more));
}

int raise_limit_of_self_by_prlimit(const Lab&) {
  const rlimit more{300, 300};
  return outcome(::syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &more, nullptr));
}

constexpr Attack attacks[] = {
    {"inherited descriptor", inherited_descriptor},
    {"inherited environment", [](const Lab&) { return ::environ[0] == nullptr ? ENOENT : 0; }},
    {"clear parent-death signal",
     [](const Lab&) { return outcome(::prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0)); }},
    {"become dumpable", [](const Lab&) { return outcome(::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)); }},
    {"raise limit", raise_limit},
    {"raise limit by prlimit", raise_limit_of_self_by_prlimit},
    {"own filter", [](const Lab&) { return outcome(::prctl(PR_SET_SECCOMP, 1, 0, 0, 0)); }},
    {"abort", [](const Lab&) -> int { ::abort(); }},
    {"spin",
     [](const Lab&) {
       for (;;) asm volatile("");
       return 0;
     }},
    {"hang",
     [](const Lab&) {
       for (;;) ::pause();
       return 0;
     }},
    {"stop itself",
     [](const Lab&) {
       ::raise(SIGSTOP);
       for (;;) ::pause();
       return 0;
     }},
};

}  // namespace

std::span<const Attack> self_attacks() {
  return attacks;
}

}  // namespace hostile
