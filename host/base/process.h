// Starts, kills and reaps child processes: the only place of clone, exec and wait.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "chela/result.h"

namespace chela::base {

// Which kinds of namespace a child has for itself.
struct NamespaceSet {
  bool user = false;
  bool net = false;
  bool ipc = false;
  bool pid = false;
  friend bool operator==(const NamespaceSet&, const NamespaceSet&) = default;
};

// Inode numbers of the calling process's namespaces, 0 where /proc does not tell; two processes
// share a namespace when the numbers are equal.
struct NamespaceIds {
  std::uint64_t user = 0;
  std::uint64_t net = 0;
  std::uint64_t ipc = 0;
  std::uint64_t pid = 0;
};
NamespaceIds own_namespace_ids();

struct Identity {
  uid_t uid = 0;
  gid_t gid = 0;
};

// The range that unprivileged_identity() takes its ids from (the one systemd reserves for dynamic
// users).
inline constexpr uid_t first_unprivileged_id = 61184;
inline constexpr uid_t unprivileged_ids = 4000;

// An id that owns no files, for the children of a host that runs as root: 61184 + index % 4000, or
// 65534 (nobody) where the running user namespace does not map that id.
Identity unprivileged_identity(std::size_t index);

// The one unprivileged user that has a name on every system, shared with other programs.
inline constexpr Identity nobody{65534, 65534};

// Whether `id` is one that unprivileged_identity() hands out (nobody is shared with others: false).
constexpr bool is_unprivileged_identity(uid_t id) {
  return id >= first_unprivileged_id && id < first_unprivileged_id + unprivileged_ids;
}

enum class Namespaces {
  none,
  isolated,  // net, ipc, pid, and user where the parent is not root; none of them where the kernel
             // refuses
  isolated_but_net,  // the same without net: for a program with a gate to servers
};

struct FdMapping {
  int parent_fd = -1;
  int child_fd = -1;
};

struct SpawnRequest {
  std::string program;            // absolute path
  std::vector<std::string> argv;  // argv[0] included
  std::vector<std::string> env;   // the whole environment, "NAME=value"
  std::vector<FdMapping> fds;     // all else is closed; 0, 1, 2 are /dev/null where not listed
  std::string cwd = "/";
  Namespaces namespaces = Namespaces::none;
  std::optional<Identity> identity;  // needs root; all capabilities and groups are dropped with it
  bool new_session = true;           // kill() then reaches what the child started, too
  bool no_core = false;  // no core file of it, and no handler that is fed one (RLIMIT_CORE 1)
  bool die_with_parent =
      true;  // SIGKILL when the *thread* that spawned it ends: spawn from one that stays
};

// How a child ended. signal != 0: killed by it; else the exit code, -1 where somebody else reaped
// it.
struct Exit {
  int code = 0;
  int signal = 0;
  bool ok() const { return code == 0 && signal == 0; }
  std::string describe() const;  // "exit code 3", "killed by signal 9 (Killed)"
};

// A running child. Whoever destroys it kills and reaps it: no orphan, no zombie.
class Child {
 public:
  Child(pid_t pid, int pidfd, bool has_session, NamespaceSet namespaces);
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  pid_t pid() const { return pid_; }
  int pidfd() const {
    return pidfd_;
  }  // readable (poll, epoll) once the child has ended; owned by this object
  NamespaceSet namespaces() const { return namespaces_; }  // the ones in force

  // SIGKILL to the child and its session. Nothing happens when it is reaped already.
  void kill();

  // How it ended, or nullopt while it runs; does not wait. The first answer also kills what is left
  // of its session; the same answer is given ever after.
  std::optional<Exit> reap();

  // The same, but waits for the end. Without a kill() before, that may be for ever.
  Exit wait();

 private:
  std::optional<Exit> collect(int extra_flags);
  void dispose() noexcept;

  pid_t pid_ = -1;
  int pidfd_ = -1;
  bool has_session_ = false;
  NamespaceSet namespaces_;
  std::optional<Exit> exit_;
};

// Starts a program; returns once it runs, in the time of a vfork whatever the size of the caller.
// Fails with not_found, permission_denied, resource_exhausted (processes, memory) or internal; the
// message names the program and the step. A refused namespace is no failure: see
// Child::namespaces().
Result<Child> spawn(const SpawnRequest& request);

}  // namespace chela::base
