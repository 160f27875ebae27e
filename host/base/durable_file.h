// Files that survive a crash: written whole or not at all, read with a cap, set aside when they are
// corrupt.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "base/time.h"

namespace chela::base {

// Names of unfinished files start so; they lie beside the file that they were meant for.
inline constexpr std::string_view kTemporaryPrefix = ".chela-tmp-";

// Replaces `path` by `bytes`: a temporary beside it, write, fsync, rename, fsync of the folder; two
// fsyncs, no more.
//   mode  the permission bits, exactly (the umask does not apply)
// The folder must exist. A symbolic link at `path` is replaced, not followed: in a folder that
// others may write, following it would let them choose what we overwrite. Where root replaces
// somebody's file, it stays theirs. On failure the old file is untouched and the temporary gone;
// the message names path, step and reason. Only a failure of the last step finds the new file
// already in place, though perhaps not after a power cut. Fails with resource_exhausted (disk full,
// quota, size limit), permission_denied, not_found, unavailable.
Result<void> write_durably(const std::string& path, std::string_view bytes, mode_t mode);

// The whole of a regular file; symbolic links are followed.
// Fails with not_found, failed_precondition (a folder, a pipe, a device), resource_exhausted (more
// than `max_bytes`), permission_denied, unavailable.
Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

// Removes what a killed write_durably left in `folder`, if it is older than a minute: a younger one
// may be at work in another process. Returns how many went.
Result<int> sweep_temporaries(const std::string& folder, Timestamp now);

// Renames `path` to "<path>.corrupt-20261122T054011Z" (with "-2", "-3" where that exists) and
// returns the new name.
Result<std::string> set_aside(const std::string& path, Timestamp now);

}  // namespace chela::base
