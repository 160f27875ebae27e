// Attacks on parts of the kernel that a plugin has no business with, and through other doors into
// it.

#include "attack.h"

#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <mqueue.h>
#include <sched.h>
#include <sys/fanotify.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace hostile {
namespace {

int io_uring(const Lab&) {
  io_uring_params parameters{};
  return outcome(::syscall(SYS_io_uring_setup, 1, &parameters));
}

int bpf_map(const Lab&) {
  bpf_attr attributes{};
  attributes.map_type = BPF_MAP_TYPE_ARRAY;
  attributes.key_size = 4;
  attributes.value_size = 4;
  attributes.max_entries = 1;
  return outcome(::syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes));
}

int perf_event(const Lab&) {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_SOFTWARE;
  attributes.size = sizeof attributes;
  attributes.config = PERF_COUNT_SW_TASK_CLOCK;
  attributes.exclude_kernel = 1;
  return outcome(::syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
}

int mount_in_own_namespace(const Lab& lab) {
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return errno;
  return outcome(::mount("none", lab.home.c_str(), "tmpfs", 0, nullptr));
}

int enter_namespace(const Lab& lab) {
  const auto path = "/proc/" + std::to_string(lab.victim) + "/ns/net";
  const int fd = ::open(path.c_str(), O_RDONLY);
  if (fd < 0) return errno;
  return outcome(::setns(fd, CLONE_NEWNET));
}

int shared_memory(const Lab&) {
  const int id = ::shmget(IPC_PRIVATE, 4096, 0600);
  if (id < 0) return errno;
  ::shmctl(id, IPC_RMID, nullptr);
  return 0;
}

int message_queue(const Lab&) {
  const int id = ::msgget(IPC_PRIVATE, 0600);
  if (id < 0) return errno;
  ::msgctl(id, IPC_RMID, nullptr);
  return 0;
}

int posix_queue(const Lab&) {
  const auto name = "/chela-test-" + std::to_string(::getpid());
  const mqd_t queue = ::mq_open(name.c_str(), O_CREAT | O_RDWR, 0600, nullptr);
  if (queue < 0) return errno;
  ::mq_unlink(name.c_str());
  return 0;
}

// socket(AF_INET, SOCK_STREAM, 0) by the 32-bit door, where it has another number.
int thirty_two_bit_call(const Lab&) {
#if defined(__x86_64__)
  long result = 359;
  asm volatile("int $0x80"
               : "+a"(result)
               : "b"(2L), "c"(1L), "d"(0L)
               : "memory", "r8", "r9", "r10", "r11");
  if (result >= 0) return 0;
  return static_cast<int>(-result);
#else
  return ENOSYS;
#endif
}

int x32_call(const Lab&) {
  return outcome(::syscall(0x40000000 | SYS_getpid));
}

constexpr Attack attacks[] = {
    {"io_uring", io_uring},
    {"bpf", bpf_map},
    {"perf_event_open", perf_event},
    {"userfaultfd",
     [](const Lab&) {
       return outcome(::syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY));
     }},
    {"add_key",
     [](const Lab&) { return outcome(::syscall(SYS_add_key, "user", "chela-test", "x", 1, -2)); }},
    {"keyctl", [](const Lab&) { return outcome(::syscall(SYS_keyctl, 0, -2, 1)); }},
    {"unshare user namespace", [](const Lab&) { return outcome(::unshare(CLONE_NEWUSER)); }},
    {"mount", mount_in_own_namespace},
    {"setns", enter_namespace},
    {"chroot", [](const Lab& lab) { return outcome(::chroot(lab.home.c_str())); }},
    {"fanotify", [](const Lab&) { return outcome(::fanotify_init(FAN_CLASS_NOTIF, O_RDONLY)); }},
    {"shared memory", shared_memory},
    {"semaphore",
     [](const Lab&) {
       const int id = ::semget(IPC_PRIVATE, 1, 0600);
       if (id < 0) return errno;
       ::semctl(id, 0, IPC_RMID);
       return 0;
     }},
    {"message queue", message_queue},
    {"posix message queue", posix_queue},
    {"personality", [](const Lab&) { return outcome(::personality(READ_IMPLIES_EXEC)); }},
    {"int 0x80", thirty_two_bit_call},
    {"x32 call", x32_call},
    {"call of the future", [](const Lab&) { return outcome(::syscall(1500)); }},
};

}  // namespace

std::span<const Attack> kernel_attacks() {
  return attacks;
}

}  // namespace hostile
