// What happens to an SQLite file that is damaged.
#pragma once

#include <filesystem>

#include "base/time.h"
#include "chela/result.h"

namespace chela::services {

// Moves a damaged database and its -wal and -shm files together to
// "<path>.damaged-20261122T054011Z", so that a new one can be opened; returns that path. A file
// that is not there is no error.
Result<std::filesystem::path> set_aside_database(const std::filesystem::path& path, Timestamp now);

}  // namespace chela::services
