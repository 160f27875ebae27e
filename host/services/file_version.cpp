#include "services/file_version.h"

#include <algorithm>

#include "base/text.h"

namespace chela::services {
namespace {

constexpr std::size_t kHashDigits = 64;

std::chrono::sys_time<std::chrono::nanoseconds> instant(const timespec& time) {
  return std::chrono::sys_time<std::chrono::nanoseconds>(std::chrono::seconds(time.tv_sec) +
                                                         std::chrono::nanoseconds(time.tv_nsec));
}

}  // namespace

std::string file_version(const struct stat& info, std::string_view sha256) {
  const auto modified = instant(info.st_mtim).time_since_epoch().count();
  return "v1:" + std::to_string(info.st_dev) + ":" + std::to_string(info.st_ino) + ":" +
         std::to_string(info.st_size) + ":" + std::to_string(modified) + ":" + std::string(sha256);
}

Result<std::string> content_hash_of(std::string_view version) {
  const auto colon = version.rfind(':');
  const bool is_ours =
      version.starts_with("v1:") && std::count(version.begin(), version.end(), ':') == 5;
  const auto hash = is_ours ? version.substr(colon + 1) : std::string_view();
  if (hash == "-") {
    return fail(ErrorCode::failed_precondition,
                "base version: the file was not read whole, so it cannot be replaced");
  }
  if (hash.size() != kHashDigits || hash.find_first_not_of("0123456789abcdef") != hash.npos) {
    return fail(ErrorCode::invalid_argument,
                "base version: wanted what reading the file gave, found '" +
                    base::printable(version, 200) + "'");
  }
  return std::string(hash);
}

Timestamp modified_of(const struct stat& info) {
  return std::chrono::floor<Duration>(instant(info.st_mtim));
}

std::chrono::sys_time<std::chrono::nanoseconds> last_change_of(const struct stat& info) {
  return std::max(instant(info.st_mtim), instant(info.st_ctim));
}

}  // namespace chela::services
