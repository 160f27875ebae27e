#include "services/sqlite_damage.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>

namespace chela::services {

std::filesystem::path with_suffix(std::filesystem::path path, const char* suffix) {
  return path += suffix;
}

tl::unexpected<Error> file_failure(const std::filesystem::path& path, const char* what, int error) {
  const auto code = error == ENOSPC || error == EDQUOT ? ErrorCode::resource_exhausted
                    : error == EACCES || error == EROFS || error == EPERM
                        ? ErrorCode::permission_denied
                        : ErrorCode::unavailable;
  return fail(code, path.string() + ": " + what + ": " + std::strerror(error));
}

Result<std::filesystem::path> set_aside_database(const std::filesystem::path& path, Timestamp now) {
  std::string stamp = base::format_utc(now);  // 2026-11-22T05:40:11Z
  std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
  const auto wanted = with_suffix(path, (".damaged-" + stamp).c_str());
  auto aside = wanted;
  std::error_code error;
  for (int i = 2; std::filesystem::exists(aside, error); ++i) {
    aside = with_suffix(wanted, ("." + std::to_string(i)).c_str());
  }
  // The log goes first: left alone, it would be replayed into the new file.
  for (const char* suffix : {"-shm", "-wal", ""}) {
    if (::rename(with_suffix(path, suffix).c_str(), with_suffix(aside, suffix).c_str()) != 0 &&
        errno != ENOENT) {
      return file_failure(with_suffix(path, suffix), "cannot be set aside", errno);
    }
  }
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const int handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (handle < 0 || ::fsync(handle) != 0) {
    const int why = errno;
    if (handle >= 0) ::close(handle);
    return file_failure(folder, "cannot be made durable", why);
  }
  ::close(handle);
  return aside;
}

}  // namespace chela::services
