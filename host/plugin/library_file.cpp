#include "plugin/library_file.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/sealed_memory.h"
#include "services/hash.h"

namespace chela::plugin {
namespace {

constexpr std::int64_t kMaxLibraryBytes = 64 * 1024 * 1024;

Result<void> check_one(const std::string& path, const Self& self, bool is_above) {
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0)
    return fail(ErrorCode::not_found, path + ": " + std::strerror(errno));
  const bool is_ours = info.st_uid == 0 || info.st_uid == self.uid || info.st_uid == self.sudo_uid;
  if (!is_ours) {
    return fail(ErrorCode::permission_denied,
                path + " belongs to user " + std::to_string(info.st_uid) +
                    "; wanted root or user " + std::to_string(self.sudo_uid) +
                    " (mend it with: chown " + std::to_string(self.sudo_uid) + " " + path + ")");
  }
  const bool is_sticky = S_ISDIR(info.st_mode) && (info.st_mode & S_ISVTX) != 0;
  if ((info.st_mode & 022) != 0 && !S_ISLNK(info.st_mode) && !(is_above && is_sticky)) {
    return fail(ErrorCode::permission_denied,
                path +
                    " can be written by others; wanted only its owner (mend it with: chmod go-w " +
                    path + ")");
  }
  return {};
}

}  // namespace

Self current_self() {
  Self self{geteuid(), geteuid()};
  const char* sudo = std::getenv("SUDO_UID");
  if (sudo != nullptr && self.uid == 0)
    std::from_chars(sudo, sudo + std::strlen(sudo), self.sudo_uid);
  return self;
}

Result<void> check_owner_and_mode(const std::string& path, const Self& self) {
  std::error_code error;
  const auto real = std::filesystem::canonical(path, error);
  if (error) return fail(ErrorCode::not_found, path + ": " + error.message());
  struct stat info {};
  if (lstat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return fail(ErrorCode::permission_denied, path + " is no regular file");
  }
  if ((info.st_mode & (S_ISUID | S_ISGID)) != 0) {
    return fail(ErrorCode::permission_denied,
                path + " is set-uid or set-gid (mend it with: chmod ug-s " + path + ")");
  }
  CHELA_TRY(check_one(real.string(), self, false));
  bool is_above = false;
  for (auto folder = real.parent_path();; folder = folder.parent_path()) {
    CHELA_TRY(check_one(folder.string(), self, is_above));
    is_above = true;
    if (folder == folder.root_path()) return {};
  }
}

Result<SealedLibrary> seal_library(const std::string& path) {
  const auto refuse = [&](const std::string& what) {
    return fail(ErrorCode::unavailable, path + ": " + what + ": " + std::strerror(errno));
  };
  const base::UniqueFd from(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!from.is_open()) return refuse("cannot be opened");
  struct stat info {};
  if (fstat(from.get(), &info) != 0 || !S_ISREG(info.st_mode) || info.st_size > kMaxLibraryBytes) {
    return fail(ErrorCode::invalid_argument, path + ": wanted a regular file of at most 64 MiB");
  }
  SealedLibrary library;
  library.fd = base::sealed_memory("chela-plugin", [&](int file) {
    for (off_t at = 0; at < info.st_size;) {
      const auto left = static_cast<std::size_t>(info.st_size - at);
      const auto copied = sendfile(file, from.get(), &at, left);
      if (copied == 0) errno = EIO;  // it has become shorter
      if (copied == 0 || (copied < 0 && errno != EINTR)) return false;
    }
    return true;
  });
  if (!library.fd.is_open()) return refuse("cannot be copied into memory");
  CHELA_TRY(library.sha256, services::sha256_of_fd(library.fd.get()));
  return library;
}

}  // namespace chela::plugin
