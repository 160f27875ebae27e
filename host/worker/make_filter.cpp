// Build-time tool: turns filter_rules.h into seccomp programs and writes them as C++ arrays to
// standard output.
//
// libseccomp builds the programs for the architecture that runs it. In front of each stands a head
// of our own: another architecture or x32 kills, a call newer than the tables answers ENOSYS (as an
// old kernel would).

#include "worker/filter_rules.h"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include <linux/filter.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <string>
#include <vector>

namespace chela::worker {
namespace {

constexpr std::uint32_t refuse = SCMP_ACT_ERRNO(EPERM);
constexpr std::uint32_t absent = SCMP_ACT_ERRNO(ENOSYS);
constexpr std::uint32_t pretend = SCMP_ACT_ERRNO(0);

[[noreturn]] void die(const std::string& what) {
  std::fprintf(stderr, "make_filter: %s\n", what.c_str());
  std::exit(1);
}

class Filter {
 public:
  explicit Filter(std::uint32_t otherwise)
      : otherwise_(otherwise), context_(seccomp_init(otherwise)) {
    if (context_ == nullptr) die("seccomp_init failed");
    seccomp_attr_set(context_, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
    seccomp_attr_set(context_, SCMP_FLTATR_CTL_OPTIMIZE, 2);
  }
  Filter(const Filter&) = delete;
  Filter& operator=(const Filter&) = delete;
  ~Filter() { seccomp_release(context_); }

  void rule(std::uint32_t action, std::string_view name, std::vector<scmp_arg_cmp> arguments = {}) {
    const int number = seccomp_syscall_resolve_name(std::string(name).c_str());
    if (number == __NR_SCMP_ERROR) die("no system call is called " + std::string(name));
    if (number < 0 || action == otherwise_) return;  // not on this architecture; or said already
    const int error = seccomp_rule_add_array(
        context_, action, number, static_cast<unsigned>(arguments.size()), arguments.data());
    if (error != 0) die(std::string(name) + ": " + std::strerror(-error));
  }
  template <class Names>
  void rules(std::uint32_t action, const Names& names) {
    for (const auto name : names) rule(action, name);
  }

  std::vector<sock_filter> code() const {
    std::FILE* file = std::tmpfile();
    if (file == nullptr || seccomp_export_bpf(context_, ::fileno(file)) != 0) die("export failed");
    const auto size = ::lseek(::fileno(file), 0, SEEK_END);
    std::vector<sock_filter> code(static_cast<std::size_t>(size) / sizeof(sock_filter));
    if (::pread(::fileno(file), code.data(), static_cast<std::size_t>(size), 0) != size)
      die("short read");
    std::fclose(file);
    return code;
  }

 private:
  std::uint32_t otherwise_;
  scmp_filter_ctx context_;
};

scmp_arg_cmp equals(unsigned argument, std::uint64_t value) {
  return SCMP_CMP64(argument, SCMP_CMP_EQ, value, 0);
}
scmp_arg_cmp differs(unsigned argument, std::uint64_t value) {
  return SCMP_CMP64(argument, SCMP_CMP_NE, value, 0);
}
scmp_arg_cmp has_bits(unsigned argument, std::uint64_t mask, std::uint64_t bits) {
  return SCMP_CMP64(argument, SCMP_CMP_MASKED_EQ, mask, bits);
}

constexpr std::uint64_t new_namespace_flags = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS |
                                              CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |
                                              CLONE_NEWNET;

// No writable code. Executable memory comes from a file, private and read-only: that is what
// dlopen() maps. Since no file can be written or created (nor a memfd), such a mapping holds only
// what was installed. mprotect() never adds PROT_EXEC, so a library with text relocations or an
// executable stack is refused.
void memory_rules(Filter& filter) {
  constexpr std::uint64_t kind_of_mapping = 0x0f | MAP_ANONYMOUS;
  filter.rule(SCMP_ACT_ALLOW, "mmap", {has_bits(2, PROT_EXEC, 0)});
  filter.rule(
      SCMP_ACT_ALLOW, "mmap",
      {has_bits(2, PROT_EXEC | PROT_WRITE, PROT_EXEC), has_bits(3, kind_of_mapping, MAP_PRIVATE)});
  filter.rule(SCMP_ACT_ALLOW, "mprotect", {has_bits(2, PROT_EXEC, 0)});
}

// A thread, as pthread_create() asks for it, and nothing else: no process, no vfork, no namespace.
void thread_rules(Filter& filter) {
  constexpr std::uint64_t wanted = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;
  constexpr std::uint64_t unwanted = new_namespace_flags | CLONE_VFORK | CLONE_PTRACE |
                                     CLONE_UNTRACED | CLONE_PARENT | CLONE_PIDFD;
  filter.rule(SCMP_ACT_ALLOW, "clone", {has_bits(0, wanted | unwanted, wanted)});
  filter.rule(SCMP_ACT_ALLOW, "tgkill", {equals(0, pid_placeholder)});  // abort(), raise()
  for (const std::uint64_t option :
       {PR_SET_NAME, PR_GET_NAME, PR_GET_DUMPABLE, PR_GET_PDEATHSIG, PR_GET_NO_NEW_PRIVS,
        PR_GET_SECCOMP, PR_CAPBSET_READ, PR_GET_TIMERSLACK,
        0x53564d41 /* PR_SET_VMA: names of mappings */}) {
    filter.rule(SCMP_ACT_ALLOW, "prctl", {equals(0, option)});
  }
  // Reading one's own limits only.
  filter.rule(SCMP_ACT_ALLOW, "prlimit64", {equals(0, 0), equals(2, 0)});
}

// Reading only: Landlock before ABI 3 would let O_RDONLY|O_TRUNC empty a file.
void descriptor_rules(Filter& filter) {
  constexpr std::uint64_t writing = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;
  filter.rule(SCMP_ACT_ALLOW, "open", {has_bits(1, writing, 0)});
  filter.rule(SCMP_ACT_ALLOW, "openat", {has_bits(2, writing, 0)});
  for (const std::uint64_t command :
       {F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_GETOWN,
        1032 /* F_GETPIPE_SZ */, 1034 /* F_GET_SEALS */}) {
    filter.rule(SCMP_ACT_ALLOW, "fcntl", {equals(1, command)});
  }
  for (const std::uint64_t request : {std::uint64_t{TCGETS}, std::uint64_t{FIONREAD},
                                      std::uint64_t{FIOCLEX}, std::uint64_t{FIONBIO}}) {
    filter.rule(SCMP_ACT_ALLOW, "ioctl", {equals(1, request)});
  }
}

std::vector<sock_filter> plugin_filter() {
  Filter filter(refuse);
  filter.rules(SCMP_ACT_ALLOW, plugin_allowed);
  filter.rules(absent, plugin_absent);
  memory_rules(filter);
  thread_rules(filter);
  descriptor_rules(filter);
  return filter.code();
}

// The kernel looks at 32 bits of these arguments, so the comparison must do the same: a refusal of
// exact 64-bit values could be walked around with a bit above.
void refuse_int(Filter& filter, std::string_view name, unsigned argument, std::uint32_t value) {
  filter.rule(refuse, name, {has_bits(argument, 0xffffffff, value)});
}

enum class Sockets { none, gated };

// Streams of three families, which connect() through the gate, and no other way to reach anybody:
// no datagram, no listening, no data with the first packet.
void gated_socket_rules(Filter& filter) {
  constexpr std::uint32_t families_known = 47;
  for (std::uint32_t family = 0; family < families_known; ++family) {
    if (family == AF_UNIX || family == AF_INET || family == AF_INET6) continue;
    refuse_int(filter, "socket", 0, family);
  }
  filter.rule(refuse, "socket", {SCMP_CMP64(0, SCMP_CMP_GE, families_known, 0)});
  for (std::uint64_t type = 0; type < 16; ++type) {  // the bits above are flags
    if (type != SOCK_STREAM) filter.rule(refuse, "socket", {has_bits(1, 0xf, type)});
  }
  for (const std::uint64_t protocol : {1, 2, 3, 4, 5, 7})  // neither 0 nor IPPROTO_TCP
    filter.rule(refuse, "socket", {has_bits(2, 7, protocol)});
  for (int bit = 3; bit < 32; ++bit) {
    const std::uint64_t above = std::uint64_t{1} << bit;
    filter.rule(refuse, "socket", {has_bits(2, above, above)});
  }
  for (const char* call : {"bind", "listen", "accept", "accept4"}) filter.rule(refuse, call);
  filter.rule(refuse, "sendto", {has_bits(3, MSG_FASTOPEN, MSG_FASTOPEN)});
  filter.rule(refuse, "sendmsg", {has_bits(2, MSG_FASTOPEN, MSG_FASTOPEN)});
  filter.rule(refuse, "sendmmsg", {has_bits(3, MSG_FASTOPEN, MSG_FASTOPEN)});
}

std::vector<sock_filter> program_filter(Sockets sockets) {
  Filter filter(SCMP_ACT_ALLOW);
  filter.rules(refuse, program_refused);
  filter.rules(pretend, program_pretended);
  filter.rule(absent, "clone3");  // its flags lie in memory
  for (int bit = 0; bit < 32; ++bit) {
    const std::uint64_t flag = std::uint64_t{1} << bit;
    if ((flag & new_namespace_flags) != 0) filter.rule(refuse, "clone", {has_bits(0, flag, flag)});
  }
  filter.rule(refuse, "prlimit64", {differs(0, 0)});
  filter.rule(refuse, "sched_setaffinity", {differs(0, 0)});
  filter.rule(refuse, "sched_setscheduler", {differs(0, 0)});
  refuse_int(filter, "ioctl", 1, 0x5412);  // TIOCSTI: types for the user
  refuse_int(filter, "ioctl", 1, 0x541c);  // TIOCLINUX: the same on a console
  if (sockets == Sockets::none) {
    filter.rule(refuse, "socket");
  } else {
    gated_socket_rules(filter);
  }
  return filter.code();
}

std::vector<sock_filter> no_signals_filter() {
  Filter filter(SCMP_ACT_ALLOW);
  filter.rules(refuse, no_signals_refused);
  filter.rule(refuse, "kill", {differs(0, 0)});  // 0 = its own group, which is its own session
  return filter.code();
}

#if defined(__x86_64__)
constexpr std::uint32_t native_architecture = AUDIT_ARCH_X86_64;
constexpr bool has_x32 = true;
#elif defined(__aarch64__)
constexpr std::uint32_t native_architecture = AUDIT_ARCH_AARCH64;
constexpr bool has_x32 = false;
#else
#error "chela-worker: no filter for this architecture yet (host/worker/make_filter.cpp)"
#endif

// The highest number that the installed libseccomp has a name for.
std::uint32_t highest_known_call() {
  std::uint32_t highest = 0;
  for (int number = 0; number < 4096; ++number) {
    char* name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
    if (name != nullptr) highest = static_cast<std::uint32_t>(number);
    std::free(name);
  }
  if (highest < 400) die("libseccomp's table of system calls looks empty");
  return highest;
}

std::vector<sock_filter> head() {
  const auto load = [](std::size_t offset) {
    return sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, static_cast<std::uint32_t>(offset));
  };
  const auto answer = [](std::uint32_t value) {
    return sock_filter BPF_STMT(BPF_RET | BPF_K, value);
  };
  std::vector<sock_filter> code = {load(offsetof(seccomp_data, arch)),
                                   BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, native_architecture, 1, 0),
                                   answer(SECCOMP_RET_KILL_PROCESS),
                                   load(offsetof(seccomp_data, nr))};
  if (has_x32) {
    code.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1));
    code.push_back(answer(SECCOMP_RET_KILL_PROCESS));
  }
  code.push_back(BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, highest_known_call(), 0, 1));
  code.push_back(answer(SECCOMP_RET_ERRNO | ENOSYS));
  return code;
}

void print(const char* name, const std::vector<sock_filter>& code) {
  std::printf("inline constexpr sock_filter %s[] = {\n", name);
  const auto start = head();
  for (const auto* part : {&start, &code}) {
    for (const auto& line : *part) {
      std::printf("    {%#x, %u, %u, %#x},\n", line.code, line.jt, line.jf, line.k);
    }
  }
  std::printf("};\n\n");
}

}  // namespace
}  // namespace chela::worker

int main() {
  using namespace chela::worker;
  std::printf("// Written by make_filter from host/worker/filter_rules.h.\n");
  std::printf("#pragma once\n\n#include <linux/filter.h>\n\nnamespace chela::worker {\n\n");
  print("plugin_filter", plugin_filter());
  print("program_filter", program_filter(Sockets::none));
  print("gated_program_filter", program_filter(Sockets::gated));
  print("no_signals_filter", no_signals_filter());
  std::printf("}  // namespace chela::worker\n");
}
