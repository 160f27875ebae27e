#include "base/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace chela::base {
namespace {

tl::unexpected<Error> cannot_lock(const std::string& path, int error) {
  const auto code = error == EACCES || error == EPERM || error == EROFS
                        ? ErrorCode::permission_denied
                    : error == ENOENT || error == ENOTDIR ? ErrorCode::not_found
                                                          : ErrorCode::unavailable;
  return fail(code, "cannot lock " + path + ": " + std::strerror(error));
}

// "4711", or "" where the holder has not written it yet or the file holds something else.
std::string holder_pid(int fd) {
  std::array<char, 16> text{};
  const ssize_t count = ::pread(fd, text.data(), text.size(), 0);
  std::string pid;
  for (ssize_t i = 0; i < count && text[static_cast<std::size_t>(i)] != '\n'; ++i) {
    const char c = text[static_cast<std::size_t>(i)];
    if (c < '0' || c > '9') return "";
    pid += c;
  }
  return pid;
}

bool write_pid(int fd) {
  const std::string text = std::to_string(::getpid()) + "\n";
  return ::ftruncate(fd, 0) == 0 &&
         ::pwrite(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

}  // namespace

Result<FileLock> FileLock::try_lock(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
  if (fd < 0) return cannot_lock(path, errno);
  FileLock lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return cannot_lock(path, errno);
    const std::string pid = holder_pid(fd);
    return fail(ErrorCode::failed_precondition,
                path + " is locked by " + (pid.empty() ? "another process" : "process " + pid));
  }
  // The pid only serves the message above: on a full disk the lock is as good without it.
  static_cast<void>(write_pid(fd));
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock& FileLock::operator=(FileLock&& other) noexcept {
  if (this != &other) {
    release();
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

FileLock::~FileLock() {
  release();
}

void FileLock::release() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

}  // namespace chela::base
