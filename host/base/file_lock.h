// A lock file: one process at a time, and the next one is told who holds it.
#pragma once

#include <string>

#include "chela/result.h"

namespace chela::base {

// Held from try_lock until it is destroyed or the process ends, however it ends: the kernel keeps
// the lock on the open file (flock), so a file that a crash left behind locks nobody out. The file
// itself is never removed; its text is the holder's pid, for the message only.
class FileLock {
 public:
  // Creates `path` (mode 0600) where it is missing; its folder must exist. Does not wait.
  // Fails with failed_precondition naming the pid that holds it; permission_denied, not_found,
  // unavailable.
  static Result<FileLock> try_lock(const std::string& path);

  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&& other) noexcept;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  void release();

  int fd_;
};

}  // namespace chela::base
