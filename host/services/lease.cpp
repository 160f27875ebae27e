#include "services/lease.h"

#include <fcntl.h>
#include <signal.h>

#include <cerrno>

namespace chela::services {

Lease Lease::take(int fd) {
  // Before the lease: its default notice, SIGIO, ends a process.
  if (::fcntl(fd, F_SETSIG, SIGURG) != 0) return {-1, Outcome::unsupported};
  if (::fcntl(fd, F_SETLEASE, F_RDLCK) == 0) return {fd, Outcome::held};
  return {-1, errno == EAGAIN ? Outcome::busy : Outcome::unsupported};
}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  release();
  fd_ = std::exchange(other.fd_, -1);
  outcome_ = other.outcome_;
  return *this;
}

bool Lease::is_intact() const {
  return fd_ >= 0 && ::fcntl(fd_, F_GETLEASE) == F_RDLCK;
}

void Lease::release() {
  if (fd_ >= 0) ::fcntl(fd_, F_SETLEASE, F_UNLCK);
  fd_ = -1;
}

}  // namespace chela::services
