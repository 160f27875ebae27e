// A read lease of the kernel (fcntl F_SETLEASE): proof that nobody holds a file open for writing.
#pragma once

#include <utility>

namespace chela::services {

// While one is held, whoever opens the file for writing, or truncates it, is made to wait, and the
// holder sees it in is_intact(). So hold it for milliseconds. The kernel's notice is a SIGURG,
// which does nothing by default.
class Lease {
 public:
  enum class Outcome { held, busy, unsupported };  // busy: somebody has the file open for writing

  Lease() = default;  // none; unsupported

  // `fd` is open for reading only and outlives the lease. Unsupported: a network or FUSE file
  // system, a file of another user's (without CAP_LEASE), a refusing container.
  static Lease take(int fd);

  Lease(Lease&& other) noexcept : fd_(std::exchange(other.fd_, -1)), outcome_(other.outcome_) {}
  Lease& operator=(Lease&& other) noexcept;
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() { release(); }

  Outcome outcome() const { return outcome_; }
  // Held, and nobody has asked for the file since.
  bool is_intact() const;
  void release();

 private:
  Lease(int fd, Outcome outcome) : fd_(fd), outcome_(outcome) {}

  int fd_ = -1;  // -1 where none is held
  Outcome outcome_ = Outcome::unsupported;
};

}  // namespace chela::services
