// What happens to an SQLite file that is damaged or out of reach.
#pragma once

#include <filesystem>

#include "base/time.h"
#include "chela/result.h"

namespace chela::services {

// "models.db-wal".
std::filesystem::path with_suffix(std::filesystem::path path, const char* suffix);

// "PATH: WHAT: No space left on device", with the house code for that errno.
tl::unexpected<Error> file_failure(const std::filesystem::path& path, const char* what, int error);

// Moves a damaged database and its -wal and -shm files together to
// "<path>.damaged-20261122T054011Z", so that a new one can be opened; returns that path. A file
// that is not there is no error.
Result<std::filesystem::path> set_aside_database(const std::filesystem::path& path, Timestamp now);

}  // namespace chela::services
