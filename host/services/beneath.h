// Opens what a grant covers and nothing else, whatever links somebody has laid there.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "base/unique_fd.h"
#include "services/grant.h"

namespace chela::services {

using Fd = base::UniqueFd;

// How errno of a file operation is told: "cannot <verb> <path>: disk full" with the code for the
// next step.
Error file_error(const char* verb, std::string_view path, int error);

// How to walk: openat2 in one step, or part by part where the kernel or a container refuses it.
enum class Walk { openat2, by_parts };

// A folder (opened for reading) and a name in it that was no symbolic link when it was looked at.
struct Place {
  Fd folder;
  std::string name;
  std::string path;  // of the file, links resolved; for messages
};

// Opens normal `path` with `flags` (O_CLOEXEC is added; O_PATH, O_NOFOLLOW and O_DIRECTORY work as
// in open). Links are followed while they stay inside paths that `permission` grants; the inside of
// processes is never opened. Does not look at the type: see open_regular.
Result<Fd> open_granted(const Caller& caller, Permission permission, const std::string& path,
                        int flags, Walk walk);

struct RegularFile {
  Fd fd;  // O_RDONLY
  struct stat info {};
};
// A regular file for reading. Nothing else is even opened (but as O_PATH): opening a device may
// start it.
Result<RegularFile> open_regular(const Caller& caller, const std::string& path, Walk walk);

// Where a file that is or will be at `path` lives; needs `write`. A link there is resolved once.
Result<Place> granted_place(const Caller& caller, const std::string& path, Walk walk);

}  // namespace chela::services
