#include "worker/host_link.h"

#include <unistd.h>

#include <array>
#include <cerrno>

namespace chela::worker {

bool HostLink::send(std::uint64_t id, const json::object& head, std::string_view tail) {
  const std::string bytes = plugin::encode_frame(id, head, tail);
  std::string_view rest = bytes;
  const std::lock_guard lock(send_mutex_);
  while (!rest.empty()) {
    const auto written = write(fd_, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Result<plugin::Frame> HostLink::receive() {
  std::array<char, 64 * 1024> buffer;
  while (true) {
    CHELA_TRY(auto frame, reader_.next());
    if (frame) return std::move(*frame);
    const auto got = read(fd_, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail(ErrorCode::unavailable, "the host is gone");
    reader_.put({buffer.data(), static_cast<std::size_t>(got)});
  }
}

}  // namespace chela::worker
