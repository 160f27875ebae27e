// The token by which a plugin says which content of a file it has seen.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "base/time.h"

namespace chela::services {

// "v1:<dev>:<ino>:<size>:<mtime in ns>:<sha256, or - where the content was not read whole>"
std::string file_version(const struct stat& info, std::string_view sha256);

// The content hash in a token. Fails with invalid_argument (no token of ours) and
// failed_precondition (the file was read in part, so nobody may replace it).
Result<std::string> content_hash_of(std::string_view version);

Timestamp modified_of(const struct stat& info);

// The last change of content, name, owner or mode: an editor may set the time of modification back,
// but not this.
std::chrono::sys_time<std::chrono::nanoseconds> last_change_of(const struct stat& info);

}  // namespace chela::services
