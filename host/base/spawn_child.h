// What a child does between clone() and execve(), while it still shares its parent's memory.
#pragma once

#include <sys/types.h>

#include <cstddef>

namespace chela::base {

// Everything the child reads, prepared by the parent: plain pointers and numbers, since it may not
// allocate, lock or unwind. The child answers in `error` and `step`.
struct SpawnPlan {
  struct Fd {
    int parent_fd;
    int child_fd;
    int moved_fd;  // scratch of the child
  };
  const char* program;
  char* const* argv;
  char* const* env;
  const char* cwd;
  Fd* fds;  // covers 0, 1 and 2
  std::size_t fd_count;
  int first_free_fd;    // above every child_fd
  int program_fd;       // O_PATH, or -1: used where the identity cannot walk to the program
  int parent_pidfd;     // -1: do not look whether the parent is still there
  const char* uid_map;  // nullptr without a user namespace
  const char* gid_map;
  bool parent_is_dumpable;
  bool has_identity;
  uid_t uid;
  gid_t gid;
  bool new_session;
  bool no_core;
  bool die_with_parent;

  int error;         // errno of the step that failed
  const char* step;  // its name; nullptr = the program runs
  bool failed_in_namespace_setup;
};

// Entry for clone(); `plan` is a SpawnPlan. Leaves by execve() or by _exit(127).
// Async-signal-safe, raw system calls only, compiled without sanitizers.
int run_spawn_plan(void* plan);

}  // namespace chela::base
