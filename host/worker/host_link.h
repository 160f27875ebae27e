// The worker's end of the socket: frames out (from any thread of the plugin), frames in (from the
// serving thread).
#pragma once

#include <mutex>
#include <string_view>

#include "plugin/wire.h"

namespace chela::worker {

class HostLink {
 public:
  explicit HostLink(int fd) : fd_(fd), reader_(kMaxFrameBytes) {}

  // False when the host is gone. [any-thread]
  bool send(std::uint64_t id, const json::object& head, std::string_view tail = {});
  // Waits for the next frame; unavailable when the host is gone. [serving thread]
  Result<plugin::Frame> receive();
  std::uint64_t next_id() { return ++last_id_; }

 private:
  static constexpr std::size_t kMaxFrameBytes = 64 * 1024 * 1024;
  int fd_;
  std::mutex send_mutex_;
  std::uint64_t last_id_ = 0;
  plugin::FrameReader reader_;
};

}  // namespace chela::worker
