// One look at a file for Files::read(): its bytes, or that it has not come to rest yet.
#pragma once

#include <optional>

#include "services/beneath.h"
#include "services/files.h"

namespace chela::services {

// What earlier looks at the same file saw.
struct Watch {
  struct Seen {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::chrono::sys_time<std::chrono::nanoseconds> changed{};
    bool operator==(const Seen&) const = default;
  };
  std::optional<Seen> seen;                       // nullopt after a first look: there was no file
  std::chrono::steady_clock::time_point since{};  // it has looked like this since then
  bool has_looked = false;
  const char* reason = "";  // why it is not at rest, for the message
};

struct LookRequest {
  std::string path;  // normal
  std::uint64_t max_bytes = 0;
  Duration quiet{0};
  Walk walk = Walk::openat2;
  bool use_leases = true;
};

// nullopt: not at rest, look again soon. Returns at once. Errors are those of Files::read().
Result<std::optional<FileBytes>> look(const Caller& caller, const LookRequest& request,
                                      Watch& watch);

}  // namespace chela::services
