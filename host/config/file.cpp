#include "config/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace chela::config {
namespace {

class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& file)
      // Not blocking: opening a pipe that nobody writes to must not hang the start.
      : descriptor_(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {}
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

tl::unexpected<Error> from_errno(const std::filesystem::path& file, int number) {
  const auto code = number == ENOENT || number == ENOTDIR ? ErrorCode::not_found
                    : number == EACCES || number == EPERM ? ErrorCode::permission_denied
                                                          : ErrorCode::unavailable;
  return fail(code, file.string() + ": " + std::strerror(number));
}

Result<void> check_trust(const std::filesystem::path& file, const struct stat& info,
                         const Trust& trust) {
  if (!trust.is_checked) return {};
  const bool is_ours =
      info.st_uid == 0 || info.st_uid == ::geteuid() ||
      std::find(trust.owners.begin(), trust.owners.end(), info.st_uid) != trust.owners.end();
  if (!is_ours) {
    return fail(ErrorCode::permission_denied,
                file.string() + ": belongs to somebody else; wanted root or you (user " +
                    std::to_string(::geteuid()) + "); found user " + std::to_string(info.st_uid));
  }
  if ((info.st_mode & 022) == 0) return {};
  std::array<char, 8> mode{};
  std::snprintf(mode.data(), mode.size(), "%04o", static_cast<unsigned>(info.st_mode & 07777));
  return fail(ErrorCode::permission_denied,
              file.string() +
                  ": others may write to it; wanted no write permission for group and "
                  "others (chmod go-w); found mode " +
                  mode.data());
}

Result<struct stat> status_of(const std::filesystem::path& file, const OpenFile& open_file) {
  struct stat info {};
  if (open_file.get() < 0 || ::fstat(open_file.get(), &info) != 0) return from_errno(file, errno);
  return info;
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& file, std::size_t max_bytes,
                              const Trust& trust) {
  const OpenFile open_file(file);
  CHELA_TRY(const struct stat info, status_of(file, open_file));
  if (!S_ISREG(info.st_mode)) {
    return fail(ErrorCode::invalid_argument,
                file.string() + ": not a file; wanted a regular file; found something else");
  }
  CHELA_TRY(check_trust(file, info, trust));
  std::string text;
  std::array<char, 16384> block{};
  while (text.size() <= max_bytes) {
    const auto got = ::read(open_file.get(), block.data(), block.size());
    if (got == 0) return text;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return from_errno(file, errno);
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  return fail(ErrorCode::resource_exhausted, file.string() +
                                                 ": the file is too large; wanted at most " +
                                                 std::to_string(max_bytes) + " bytes; found more");
}

Result<void> check_folder(const std::filesystem::path& folder, const Trust& trust) {
  const OpenFile open_file(folder);
  CHELA_TRY(const struct stat info, status_of(folder, open_file));
  if (!S_ISDIR(info.st_mode)) {
    return fail(ErrorCode::invalid_argument,
                folder.string() + ": not a folder; wanted a folder; found something else");
  }
  return check_trust(folder, info, trust);
}

}  // namespace chela::config
