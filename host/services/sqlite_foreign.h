// Reads rows out of another program's SQLite file without changing anything about it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "base/time.h"
#include "services/sqlite.h"

namespace chela::services {

// Calls `row` for each row of `sql`, which has one parameter, ?1 = `number`. Neither the file nor
// its write-ahead log nor its shared memory changes, and nothing is created. Where nobody has the
// file open, what a crashed writer left in the log may be missing. No symbolic link is followed, on
// the way or at its end. Waits at most `busy` for others. Fails with data_loss (no database),
// permission_denied, unavailable, internal (no such table).
Result<void> read_foreign_rows(const std::filesystem::path& path, Duration busy, const char* sql,
                               std::int64_t number, const std::function<void(const Row&)>& row);

}  // namespace chela::services
