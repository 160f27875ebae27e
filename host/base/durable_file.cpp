#include "base/durable_file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "base/ids.h"

namespace chela::base {
namespace {

std::string reason(int error) {
  switch (error) {
    case ENOSPC:
      return "disk full";
    case EDQUOT:
      return "disk quota used up";
    case EFBIG:
      return "larger than this process may write";
    case EROFS:
      return "read-only file system";
    default:
      return std::strerror(error);
  }
}

ErrorCode code_of(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
      return ErrorCode::resource_exhausted;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorCode::permission_denied;
    case ENOENT:
    case ENOTDIR:
      return ErrorCode::not_found;
    case ELOOP:
    case EISDIR:
      return ErrorCode::failed_precondition;
    default:
      return ErrorCode::unavailable;
  }
}

tl::unexpected<Error> failed(const char* verb, const std::string& path, const char* step,
                             int error) {
  return fail(code_of(error),
              std::string("cannot ") + verb + " " + path + ": " + step + ": " + reason(error));
}

// A descriptor whose close is checked on the way that matters and only tidied up on the others.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  // 0, or the errno. Never tried twice: Linux frees the number even when close fails.
  int close() {
    if (fd_ < 0) return 0;
    const int result = ::close(fd_);
    fd_ = -1;
    return result == 0 ? 0 : errno;
  }

 private:
  int fd_;
};

// Removes the temporary unless the rename has taken it away.
class Temporary {
 public:
  explicit Temporary(std::string path) : path_(std::move(path)) {}
  ~Temporary() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  const std::string& path() const { return path_; }
  void renamed() { path_.clear(); }

 private:
  std::string path_;
};

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

int write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(fd, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) return EIO;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

int sync(int fd) {
  while (::fsync(fd) != 0) {
    if (errno != EINTR) return errno;
  }
  return 0;
}

// What the new file takes over from the old one: under root, its owner.
int keep_owner(int fd, const std::string& path) {
  struct stat old {};
  if (::geteuid() != 0 || ::lstat(path.c_str(), &old) != 0 || !S_ISREG(old.st_mode)) return 0;
  if (old.st_uid == 0 && old.st_gid == 0) return 0;
  return ::fchown(fd, old.st_uid, old.st_gid) == 0 ? 0 : errno;
}

// Not every file system can sync a folder (EINVAL on some network and FUSE ones); there is nothing
// to be done then.
int sync_folder(const std::string& folder) {
  Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.is_open()) return errno;
  const int error = sync(directory.get());
  return error == EINVAL || error == ENOTSUP ? 0 : error;
}

bool is_left_over(int folder, const char* name, Timestamp now) {
  if (!std::string_view(name).starts_with(kTemporaryPrefix)) return false;
  struct stat info {};
  if (::fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode))
    return false;
  const Timestamp written{std::chrono::seconds(info.st_mtim.tv_sec)};
  return now - written > std::chrono::minutes(1);
}

}  // namespace

Result<void> write_durably(const std::string& path, std::string_view bytes, mode_t mode) {
  const std::string folder = folder_of(path);
  const auto stop = [&](const char* step, int error) { return failed("write", path, step, error); };
  const std::string name = folder + "/" + std::string(kTemporaryPrefix) + random_id(16);
  Descriptor file(::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.is_open()) return stop("create a temporary beside it", errno);
  Temporary temporary(name);

  if (const int error = write_all(file.get(), bytes)) return stop("write", error);
  if (const int error = keep_owner(file.get(), path)) return stop("keep its owner", error);
  if (::fchmod(file.get(), mode) != 0) return stop("set its mode", errno);
  if (const int error = sync(file.get())) return stop("fsync", error);
  if (const int error = file.close()) return stop("close", error);
  if (::rename(name.c_str(), path.c_str()) != 0) return stop("rename the temporary", errno);
  temporary.renamed();
  if (const int error = sync_folder(folder)) {
    return stop("fsync of the folder (the new file is in place)", error);
  }
  return {};
}

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  // O_NONBLOCK: opening a pipe must not wait for its writer.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.is_open()) return failed("read", path, "open", errno);
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return failed("read", path, "stat", errno);
  if (!S_ISREG(info.st_mode)) {
    return fail(ErrorCode::failed_precondition, "cannot read " + path + ": not a regular file");
  }
  const auto too_large = [&] {
    return fail(ErrorCode::resource_exhausted,
                "cannot read " + path + ": larger than " + std::to_string(max_bytes) + " bytes");
  };
  // The size is a hint: files of /proc say 0, and a file may grow while it is read.
  if (static_cast<std::size_t>(info.st_size) > max_bytes) return too_large();
  std::string text;
  std::size_t used = 0;
  text.resize(std::min(static_cast<std::size_t>(info.st_size), max_bytes) + 1);
  while (true) {
    if (used == text.size()) text.resize(std::min(text.size() * 2, max_bytes + 1));
    const ssize_t count = ::read(file.get(), text.data() + used, text.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("read", path, "read", errno);
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
    if (used > max_bytes) return too_large();
  }
  text.resize(used);
  return text;
}

Result<int> sweep_temporaries(const std::string& folder, Timestamp now) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(folder.c_str()), ::closedir);
  if (!directory) return failed("sweep", folder, "open", errno);
  int removed = 0;
  const int fd = ::dirfd(directory.get());
  errno = 0;
  while (const dirent* entry = ::readdir(directory.get())) {
    if (is_left_over(fd, entry->d_name, now)) {
      if (::unlinkat(fd, entry->d_name, 0) == 0) {
        ++removed;
      } else if (errno != ENOENT) {
        return failed("sweep", folder + "/" + entry->d_name, "remove", errno);
      }
    }
    errno = 0;
  }
  if (errno != 0) return failed("sweep", folder, "list", errno);
  return removed;
}

Result<std::string> set_aside(const std::string& path, Timestamp now) {
  std::string stamp;
  for (const char c : format_utc(now)) {
    if (c != '-' && c != ':') stamp += c;
  }
  constexpr int kTries = 100;
  for (int i = 1; i <= kTries; ++i) {
    const std::string target = path + ".corrupt-" + stamp + (i == 1 ? "" : "-" + std::to_string(i));
    if (::renameat2(AT_FDCWD, path.c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0) {
      return target;
    }
    if (errno != EEXIST) return failed("set aside", path, "rename", errno);
  }
  return failed("set aside", path, "find a free name", EEXIST);
}

}  // namespace chela::base
