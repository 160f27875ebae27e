// A plugin's file on disk: who may have written it, and a sealed copy that nobody can change after
// the check.
#pragma once

#include <sys/types.h>

#include <string>

#include "base/unique_fd.h"
#include "chela/result.h"

namespace chela::plugin {

// Who counts as self for ownership: the effective user, and under sudo the one who called it.
struct Self {
  uid_t uid = 0;
  uid_t sudo_uid = 0;  // equal to uid where there is no sudo
};
Self current_self();

// The file and every folder above it belong to root or self and nobody else may write them. A
// sticky folder such as /tmp is accepted above, not as, the plugin's own folder: others cannot
// replace what is not theirs there. permission_denied names the path, what was found and the
// command that mends it.
Result<void> check_owner_and_mode(const std::string& path, const Self& self);

struct SealedLibrary {
  base::UniqueFd fd;   // memfd, sealed against writing, growing and shrinking
  std::string sha256;  // of exactly these bytes, 64 hex digits
};

// Copies a regular file of at most 64 MiB into a sealed memfd and hashes the copy.
Result<SealedLibrary> seal_library(const std::string& path);

}  // namespace chela::plugin
