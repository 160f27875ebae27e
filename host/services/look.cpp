#include "services/look.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "services/file_version.h"
#include "services/hash.h"
#include "services/lease.h"

namespace chela::services {
namespace {

using SteadyClock = std::chrono::steady_clock;

Watch::Seen seen_of(const struct stat& info) {
  return {info.st_dev, info.st_ino, info.st_size, last_change_of(info)};
}

// Whether what is there now has been there, unchanged, for `quiet`. The file's own times count as
// long as they lie in the past (a clock of another machine may be ahead); an empty or missing file
// is always looked at twice, since that is how a file looks in the middle of a save.
bool is_calm(Watch& watch, const std::optional<Watch::Seen>& now, Duration quiet) {
  const auto time = SteadyClock::now();
  if (!watch.has_looked || watch.seen != now) {
    watch.seen = now;
    watch.since = time;
    watch.has_looked = true;
  }
  watch.reason = "it was changed just now";
  if (time - watch.since >= quiet) return true;
  return now && now->size > 0 && base::now() - now->changed >= quiet;
}

struct Head {
  std::string bytes;
  bool is_truncated = false;
};

Result<Head> read_head(int fd, const std::string& path, std::uint64_t max_bytes, off_t size_hint) {
  Head head;
  const auto wanted = static_cast<std::size_t>(max_bytes);
  // One byte more tells a file that ends here from one that goes on; files of /proc say size 0.
  head.bytes.resize(std::min(static_cast<std::size_t>(std::max<off_t>(size_hint, 4095)), wanted) +
                    1);
  std::size_t used = 0;
  while (used <= wanted) {
    if (used == head.bytes.size()) head.bytes.resize(std::min(head.bytes.size() * 2, wanted + 1));
    const ssize_t count = ::read(fd, head.bytes.data() + used, head.bytes.size() - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(file_error("read", path, errno));
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
  }
  head.is_truncated = used > wanted;
  head.bytes.resize(std::min(used, wanted));
  return head;
}

}  // namespace

Result<std::optional<FileBytes>> look(const Caller& caller, const LookRequest& request,
                                      Watch& watch) {
  const bool wants_quiet = request.quiet > Duration(0);
  auto opened = open_regular(caller, request.path, request.walk);
  if (!opened) {
    const bool is_gone = opened.error().code == ErrorCode::not_found;
    // Editors that save by two renames leave a moment without a file.
    if (is_gone && wants_quiet && !is_calm(watch, std::nullopt, request.quiet)) return std::nullopt;
    return fail(std::move(opened).error());
  }
  const struct stat& info = opened->info;
  if (wants_quiet && !is_calm(watch, seen_of(info), request.quiet)) return std::nullopt;

  const Lease lease = wants_quiet && request.use_leases ? Lease::take(opened->fd.get()) : Lease();
  if (lease.outcome() == Lease::Outcome::busy) {
    watch.reason = "somebody holds it open for writing";
    return std::nullopt;
  }
  CHELA_TRY(Head head, read_head(opened->fd.get(), request.path, request.max_bytes, info.st_size));
  if (wants_quiet) {
    struct stat after {};
    const bool is_same = ::fstat(opened->fd.get(), &after) == 0 && seen_of(after) == seen_of(info);
    if (!is_same || (lease.outcome() == Lease::Outcome::held && !lease.is_intact())) {
      watch.has_looked = false;
      return std::nullopt;
    }
  }
  FileBytes file;
  file.version = file_version(info, head.is_truncated ? "-" : sha256(head.bytes));
  file.size = static_cast<std::uint64_t>(info.st_size);
  file.modified = modified_of(info);
  file.is_truncated = head.is_truncated;
  file.bytes = std::move(head.bytes);
  return file;
}

}  // namespace chela::services
