// Reads one configuration file whole, and says whether somebody else could have written it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "chela/result.h"

namespace chela::config {

// Who may own configuration. Off for the files of a build tree and for tests.
struct Trust {
  bool is_checked = true;
  std::vector<uid_t> owners;  // besides root and the effective user; SUDO_UID's user belongs here
};

// The bytes of a regular file of at most `max_bytes`; a symbolic link is followed. not_found,
// permission_denied (also where `trust` is broken: another owner, or writable by group or others),
// resource_exhausted, invalid_argument for what is no file. Messages begin with the path.
Result<std::string> read_file(const std::filesystem::path& file, std::size_t max_bytes,
                              const Trust& trust);

// The same judgement about a folder: who may write into it may add and rename files.
Result<void> check_folder(const std::filesystem::path& folder, const Trust& trust);

}  // namespace chela::config
