// The ledger's tables, and what may be known of a ledger file without opening it.
#pragma once

#include <filesystem>

#include "chela/result.h"
#include "services/sqlite.h"

namespace chela::tasks {

inline constexpr int kLedgerVersion = 3;

// Looks at the first 100 bytes only. Fine: no file, an empty file, a ledger of our version or
// older. data_loss: not an SQLite file, or cut short. failed_precondition: written by a newer chela
// (the message names both versions), or another program's file.
Result<void> check_ledger_header(const std::filesystem::path& path);

// Creates the tables in an empty database, or brings an older one up to kLedgerVersion, in one
// transaction. failed_precondition as above, for what stands in the write-ahead log only.
Result<void> prepare_ledger_schema(services::Database& database);

}  // namespace chela::tasks
