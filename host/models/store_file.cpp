#include "models/store_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "services/sqlite_damage.h"

namespace chela::models {
namespace {

using services::Database;
using services::Row;

constexpr std::int64_t kApplicationId = 0x63686d6f;  // "chmo"
constexpr std::int64_t kVersion = 2;
constexpr auto kBusy = std::chrono::seconds(10);

// Few pages change with a call: what is under way stands in one small table, what is over in one
// that is only appended to, and no index beside them.
constexpr const char* kSchema = R"sql(
CREATE TABLE active(
  ticket INTEGER PRIMARY KEY, id TEXT NOT NULL, at INTEGER NOT NULL, day TEXT NOT NULL,
  lane TEXT NOT NULL, state TEXT NOT NULL, owner TEXT NOT NULL, role TEXT NOT NULL,
  asked TEXT NOT NULL, ref TEXT NOT NULL, provider TEXT NOT NULL, key TEXT NOT NULL,
  started INTEGER NOT NULL, nanos INTEGER NOT NULL, tokens INTEGER NOT NULL);
CREATE TABLE calls(
  ticket INTEGER PRIMARY KEY, id TEXT NOT NULL, at INTEGER NOT NULL, day TEXT NOT NULL,
  lane TEXT NOT NULL, state TEXT NOT NULL, role TEXT NOT NULL, asked TEXT NOT NULL,
  ref TEXT NOT NULL, key TEXT NOT NULL, nanos INTEGER NOT NULL, tokens INTEGER NOT NULL,
  is_priced INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,
  cache_write_5m INTEGER NOT NULL, cache_write_1h INTEGER NOT NULL, output INTEGER NOT NULL,
  reasoning INTEGER NOT NULL, first_token_ms INTEGER, total_ms INTEGER, reason TEXT NOT NULL,
  explain TEXT NOT NULL);
CREATE TABLE totals(
  period TEXT NOT NULL, role TEXT NOT NULL, ref TEXT NOT NULL, calls INTEGER NOT NULL,
  failed INTEGER NOT NULL, unpriced INTEGER NOT NULL, nanos INTEGER NOT NULL,
  tokens INTEGER NOT NULL, input INTEGER NOT NULL, cache_read INTEGER NOT NULL,
  cache_write_5m INTEGER NOT NULL, cache_write_1h INTEGER NOT NULL, output INTEGER NOT NULL,
  reasoning INTEGER NOT NULL, PRIMARY KEY(period, role, ref)) WITHOUT ROWID;
CREATE TABLE tries(
  call TEXT NOT NULL, provider TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL,
  tokens INTEGER NOT NULL);
CREATE TABLE limits(
  provider TEXT NOT NULL, key TEXT NOT NULL, model TEXT NOT NULL, name TEXT NOT NULL,
  remaining INTEGER NOT NULL, until INTEGER NOT NULL,
  PRIMARY KEY(provider, key, model, name)) WITHOUT ROWID;
)sql";

constexpr const char* kOldestTables = R"sql(
CREATE TABLE cooldowns(
  provider TEXT NOT NULL, key TEXT NOT NULL, model TEXT NOT NULL, until INTEGER NOT NULL,
  failures INTEGER NOT NULL, reason TEXT NOT NULL, message TEXT NOT NULL,
  last_failure INTEGER NOT NULL, last_try INTEGER NOT NULL,
  PRIMARY KEY(provider, key, model)) WITHOUT ROWID;
CREATE TABLE said(key TEXT PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID;
PRAGMA application_id = 1667788143;
)sql";

// Version 1 kept all calls in one table with three indexes, and its sums by what budgets ask for.
constexpr const char* kPutOldAside = R"sql(
ALTER TABLE calls RENAME TO calls_1;
DROP TABLE sums;
)sql";
constexpr const char* kTakeOver = R"sql(
INSERT INTO active SELECT ticket, id, at, day, lane, state, owner, role, asked, ref, provider, key,
  started, reserved_nanos, reserved_tokens FROM calls_1 WHERE state IN ('waiting', 'active');
INSERT INTO calls SELECT ticket, id, at, day, lane, state, role, asked, ref, key, nanos, tokens,
  is_priced, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, first_token_ms,
  total_ms, reason, explain FROM calls_1 WHERE state IN ('done', 'failed');
INSERT INTO totals SELECT day, role, ref, count(*), sum(state = 'failed'),
  sum(state = 'done' AND NOT is_priced), sum(nanos), sum(tokens), sum(input), sum(cache_read),
  sum(cache_write_5m), sum(cache_write_1h), sum(output), sum(reasoning) FROM calls
  GROUP BY day, role, ref;
INSERT INTO totals SELECT substr(period, 1, 7), role, ref, sum(calls), sum(failed), sum(unpriced),
  sum(nanos), sum(tokens), sum(input), sum(cache_read), sum(cache_write_5m), sum(cache_write_1h),
  sum(output), sum(reasoning) FROM totals GROUP BY substr(period, 1, 7), role, ref;
DROP TABLE calls_1;
)sql";

tl::unexpected<Error> system_failure(const std::filesystem::path& path, const char* what, int why) {
  const auto code = why == EACCES || why == EPERM || why == EROFS ? ErrorCode::permission_denied
                    : why == ENOSPC                               ? ErrorCode::resource_exhausted
                                                                  : ErrorCode::unavailable;
  return fail(code, path.string() + ": " + what + ": " + std::strerror(why));
}

Result<void> make_file(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);
  const int file = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (file < 0) return system_failure(path, "cannot be opened", errno);
  ::close(file);
  return {};
}

// SQLite would take a file of other bytes for damaged only when it first reads it.
Result<void> check_magic(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  char magic[16] = {};
  file.read(magic, sizeof magic);
  if (file.gcount() == 0) return {};
  if (file.gcount() == sizeof magic && std::memcmp(magic, "SQLite format 3", 16) == 0) return {};
  return fail(ErrorCode::data_loss, path.string() + ": damaged (not an SQLite database)");
}

Result<Database> try_open(const std::filesystem::path& path) {
  CHELA_TRY(make_file(path));
  CHELA_TRY(check_magic(path));
  CHELA_TRY(auto database, Database::open(path, kBusy));
  std::int64_t application = 0;
  std::int64_t version = 0;
  const auto look = [&]() -> Result<void> {
    CHELA_TRY(database.each("PRAGMA application_id", {},
                            [&](const Row& row) { application = row.integer(0); }));
    return database.each("PRAGMA user_version", {},
                         [&](const Row& row) { version = row.integer(0); });
  };
  CHELA_TRY(look());
  if (version > kVersion && application == kApplicationId) {
    return fail(ErrorCode::failed_precondition,
                path.string() + ": written by a newer chela (version " + std::to_string(version) +
                    ", this one reads " + std::to_string(kVersion) + ")");
  }
  // NORMAL: a power failure may take the last calls of the log, never the file. A call's price must
  // not be two fsyncs.
  CHELA_TRY(
      database.script("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; "
                      "PRAGMA journal_size_limit = 4194304;"));
  if (version == kVersion) return database;
  CHELA_TRY(auto transaction, services::Transaction::begin(database));
  CHELA_TRY(look());  // another process may have been first
  if (version != kVersion) {
    const bool is_older = application == kApplicationId && version == 1;
    std::int64_t tables = 0;
    CHELA_TRY(database.each("SELECT count(*) FROM sqlite_schema", {},
                            [&](const Row& row) { tables = row.integer(0); }));
    if (!is_older && (application != 0 || tables != 0)) {
      return fail(ErrorCode::failed_precondition,
                  path.string() + ": this is another program's SQLite file");
    }
    CHELA_TRY(database.script(is_older ? kPutOldAside : kOldestTables));
    CHELA_TRY(database.script(kSchema));
    if (is_older) CHELA_TRY(database.script(kTakeOver));
    CHELA_TRY(database.script("PRAGMA user_version = 2;"));
  }
  CHELA_TRY(transaction.commit());
  return database;
}

}  // namespace

Result<OpenedFile> open_store_file(const std::filesystem::path& file, Timestamp now) {
  auto database = try_open(file);
  // SQLite tells a disk that fails to read as a damaged file; a second look knows better.
  if (!database && database.error().code == ErrorCode::data_loss) database = try_open(file);
  if (database) return OpenedFile{std::move(*database), ""};
  if (database.error().code != ErrorCode::data_loss) return fail(database.error());
  CHELA_TRY(const auto aside, services::set_aside_database(file, now));
  CHELA_TRY(auto fresh, try_open(file));
  return OpenedFile{std::move(fresh), database.error().message + "; it is kept as " +
                                          aside.string() + ", spending and cooldowns begin anew"};
}

std::string process_stamp(long pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const std::size_t end = text.rfind(')');  // the name before it may hold anything
  if (end == std::string::npos) return "";
  std::istringstream rest(text.substr(end + 1));
  std::string field;
  for (int i = 3; i <= 22; ++i) {
    if (!(rest >> field)) return "";
    if (i == 3 && field == "Z") return "";
  }
  return std::to_string(pid) + ":" + field;
}

bool is_alive(const std::string& stamp) {
  const long pid = std::strtol(stamp.c_str(), nullptr, 10);
  return pid > 0 && process_stamp(pid) == stamp;
}

}  // namespace chela::models
