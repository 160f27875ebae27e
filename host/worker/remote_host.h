// The chela_host that a plugin sees in a worker: every service call becomes a frame to the host and
// back.
#pragma once

#include "chela/abi/kinds.h"
#include "worker/host_link.h"

namespace chela::worker {

class RemoteHost : public chela_host {
 public:
  explicit RemoteHost(HostLink& link);
  RemoteHost(const RemoteHost&) = delete;
  RemoteHost& operator=(const RemoteHost&) = delete;

  HostLink& link() const { return link_; }

 private:
  HostLink& link_;
};

// One call as the plugin sees it.
class RemoteCall : public chela_call {
 public:
  // timeout_ms: from now, 0 = none. cancel_fd: see ServeRequest.
  RemoteCall(const RemoteHost& host, std::uint64_t id, std::int64_t timeout_ms,
             std::uint32_t attempt_number, int cancel_descriptor);
  RemoteCall(const RemoteCall&) = delete;
  RemoteCall& operator=(const RemoteCall&) = delete;

  // The words of the last fail().
  std::string failure() const;

 private:
  static int32_t is_cancelled(const chela_call* self);
  static chela_status fail_with(const chela_call* self, chela_status status, chela_str message);
  static chela_status emit_event(const chela_call* self, chela_str topic, chela_str document);

  HostLink& link_;
  std::uint64_t id_;
  mutable std::mutex mutex_;
  mutable std::string failure_;  // guarded by mutex_
};

}  // namespace chela::worker
