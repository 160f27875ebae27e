// The kernel's side of the gate: notifications, and the watcher that answers them.
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <memory>
#include <thread>

#include "base/unique_fd.h"
#include "worker/net_gate.h"

namespace chela::worker {
namespace {

using base::UniqueFd;

constexpr unsigned long kPidfdThread = O_EXCL;  // kernel 6.9; <sys/pidfd.h> of Debian 12 lacks it
constexpr std::string_view kHosts = "/etc/hosts";

int seccomp_call(unsigned operation, unsigned flags, void* argument) {
  return static_cast<int>(::syscall(SYS_seccomp, operation, flags, argument));
}

// Up to `size` bytes of another process; what lies on a page that is not there is left out.
std::size_t read_memory(pid_t pid, std::uint64_t address, void* into, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const auto at = address + done;
    const std::size_t part = std::min<std::size_t>(size - done, 4096 - at % 4096);
    iovec local{static_cast<char*>(into) + done, part};
    iovec remote{reinterpret_cast<void*>(at), part};
    const ssize_t got = ::process_vm_readv(pid, &local, 1, &remote, 1, 0);
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

// A notification names a thread; a descriptor of its process is wanted.
UniqueFd open_process(pid_t thread, pid_t child) {
  for (const unsigned long flags : {0UL, kPidfdThread}) {
    UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, thread, flags)));
    if (fd.is_open()) return fd;
  }
  // Older kernels know leaders only: it may be another thread of the program itself.
  if (::syscall(SYS_tgkill, child, thread, 0) != 0) return {};
  return UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
}

class Watcher : public std::enable_shared_from_this<Watcher> {
 public:
  Watcher(const NetGate& gate, int listener, pid_t child)
      : gate_(gate), listener_(listener), child_(child), hosts_(hosts_file(gate)) {}

  void serve_one() {
    seccomp_notif notice{};
    if (::ioctl(listener_, SECCOMP_IOCTL_NOTIF_RECV, &notice) != 0) return;
    if (notice.data.nr == SYS_connect) return connect(notice);
    open(notice);
  }

 private:
  // True while the caller still waits: only then was what was read of it its own.
  bool is_waiting(const seccomp_notif& notice) const {
    return ::ioctl(listener_, SECCOMP_IOCTL_NOTIF_ID_VALID, &notice.id) == 0;
  }

  void answer(std::uint64_t id, int error, std::uint32_t flags = 0) const {
    seccomp_notif_resp response{};
    response.id = id;
    response.error = -error;
    response.flags = flags;
    ::ioctl(listener_, SECCOMP_IOCTL_NOTIF_SEND, &response);  // gone: nobody waits for it
  }

  void connect(const seccomp_notif& notice) {
    sockaddr_storage address{};
    const auto size = static_cast<std::size_t>(notice.data.args[2]);
    if (size > sizeof address) return answer(notice.id, EINVAL);
    const pid_t thread = static_cast<pid_t>(notice.pid);
    const std::size_t got = read_memory(thread, notice.data.args[1], &address, size);
    UniqueFd process = open_process(thread, child_);
    if (got != size || !process.is_open() || !is_waiting(notice))
      return answer(notice.id, got != size ? EFAULT : EACCES);
    if (!may_connect(gate_, address, static_cast<socklen_t>(size)))
      return answer(notice.id, EACCES);
    UniqueFd socket(static_cast<int>(
        ::syscall(SYS_pidfd_getfd, process.get(), static_cast<int>(notice.data.args[0]), 0)));
    if (!socket.is_open()) return answer(notice.id, errno == EBADF ? EBADF : EACCES);
    const bool blocks = (::fcntl(socket.get(), F_GETFL) & O_NONBLOCK) == 0;
    // Shared, because a thread may still be waiting for a server when the program has ended.
    const auto go = [self = shared_from_this(), id = notice.id, address, size,
                     fd = socket.release()] {
      const UniqueFd own(fd);
      const int failed = ::connect(own.get(), reinterpret_cast<const sockaddr*>(&address),
                                   static_cast<socklen_t>(size));
      self->answer(id, failed != 0 ? errno : 0);
    };
    // A server that does not answer must not hold up the program's other threads and children.
    if (blocks && running_ < kMostThreads) {
      ++running_;
      std::thread([self = shared_from_this(), go] {
        go();
        --self->running_;
      }).detach();
    } else {
      go();
    }
  }

  // Everything is opened by the caller itself, under its own confinement, but for one file.
  void open(const seccomp_notif& notice) {
    std::array<char, kHosts.size() + 1> path{};
    const std::uint64_t pointer = notice.data.args[notice.data.nr == SYS_openat ? 1 : 0];
    const std::uint64_t flags = notice.data.args[notice.data.nr == SYS_openat ? 2 : 1];
    const auto got = read_memory(static_cast<pid_t>(notice.pid), pointer, path.data(), path.size());
    const bool is_hosts = got == path.size() && path.back() == '\0' &&
                          std::string_view(path.data(), kHosts.size()) == kHosts;
    if (!is_hosts || (flags & O_ACCMODE) != O_RDONLY || gate_.servers.empty())
      return answer(notice.id, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE);
    const UniqueFd file(::memfd_create("hosts", MFD_CLOEXEC));
    const bool is_written = file.is_open() && ::pwrite(file.get(), hosts_.data(), hosts_.size(),
                                                       0) == static_cast<ssize_t>(hosts_.size());
    if (!is_written) return answer(notice.id, EMFILE);
    seccomp_notif_addfd add{};
    add.id = notice.id;
    add.flags = SECCOMP_ADDFD_FLAG_SEND;
    add.srcfd = static_cast<std::uint32_t>(file.get());
    add.newfd_flags = static_cast<std::uint32_t>(flags & O_CLOEXEC);
    if (::ioctl(listener_, SECCOMP_IOCTL_NOTIF_ADDFD, &add) < 0) answer(notice.id, EACCES);
  }

  static constexpr int kMostThreads = 32;
  const NetGate& gate_;
  int listener_;
  pid_t child_;
  std::string hosts_;
  std::atomic<int> running_{0};
};

// What ends meanwhile: children of the program whose parents have gone, where we are the first
// process of a namespace. True once the program itself has.
bool reap(pid_t child, int& status) {
  int one = 0;
  for (pid_t ended = 0; (ended = ::waitpid(-1, &one, WNOHANG)) > 0;) {
    if (ended != child) continue;
    status = one;
    return true;
  }
  return false;
}

}  // namespace

Result<int> install_gate() {
#ifdef SYS_open
  constexpr std::uint32_t kOpen = SYS_open;
#else
  constexpr std::uint32_t kOpen = SYS_openat;
#endif
  // The architecture was checked by nobody yet; the filters that follow kill any other.
  std::array<sock_filter, 6> code = {
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_connect, 3, 0),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 2, 0),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kOpen, 1, 0),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF)};
  sock_fprog program{static_cast<unsigned short>(code.size()), code.data()};
  const int listener =
      seccomp_call(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  if (listener >= 0) return listener;
  return fail(ErrorCode::failed_precondition,
              std::string("the kernel refuses to watch over connect(): ") + std::strerror(errno));
}

bool send_fd(int socket, int fd) {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof fd);
  std::memcpy(CMSG_DATA(head), &fd, sizeof fd);
  return ::sendmsg(socket, &message, MSG_NOSIGNAL) == 1;
}

int receive_fd(int socket) {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (::recvmsg(socket, &message, MSG_CMSG_CLOEXEC) != 1) return -1;
  const cmsghdr* head = CMSG_FIRSTHDR(&message);
  if (head == nullptr || head->cmsg_type != SCM_RIGHTS) return -1;
  int fd = -1;
  std::memcpy(&fd, CMSG_DATA(head), sizeof fd);
  return fd;
}

int watch(const NetGate& gate, int listener, pid_t child) {
  sigset_t wanted;
  sigemptyset(&wanted);
  sigaddset(&wanted, SIGCHLD);
  sigprocmask(SIG_BLOCK, &wanted, nullptr);
  const UniqueFd signals(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  const auto watcher = std::make_shared<Watcher>(gate, listener, child);
  int status = 0;
  while (!reap(child, status)) {
    std::array<pollfd, 2> waits{{{signals.get(), POLLIN, 0}, {listener, POLLIN, 0}}};
    if (::poll(waits.data(), waits.size(), 1000) < 0 && errno != EINTR) break;
    signalfd_siginfo ignored{};
    while (::read(signals.get(), &ignored, sizeof ignored) > 0) {
    }
    if ((waits[1].revents & POLLIN) != 0) watcher->serve_one();
  }
  return status;
}

}  // namespace chela::worker
