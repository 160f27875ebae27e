#include "services/sqlite.h"

#include <sqlite3.h>

#include <cerrno>
#include <cstring>

namespace chela::services {
namespace {

// The house code for an SQLite code; `system_error` is the errno behind an I/O error.
ErrorCode house_code(int code, int system_error) {
  const bool is_full = system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
  const bool is_refused = system_error == EACCES || system_error == EROFS || system_error == EPERM;
  switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return ErrorCode::data_loss;
    case SQLITE_FULL:
      return ErrorCode::resource_exhausted;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return ErrorCode::permission_denied;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ErrorCode::unavailable;
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
      if (code == SQLITE_IOERR_CORRUPTFS) return ErrorCode::data_loss;
      if (is_full) return ErrorCode::resource_exhausted;
      return is_refused ? ErrorCode::permission_denied : ErrorCode::unavailable;
    default:
      return ErrorCode::internal;
  }
}

// What a person can do about it.
const char* advice(ErrorCode code) {
  switch (code) {
    case ErrorCode::resource_exhausted:
      return "no space left: free some; nothing was changed";
    case ErrorCode::permission_denied:
      return "cannot write: check owner, mode and mount";
    case ErrorCode::data_loss:
      return "damaged";
    case ErrorCode::unavailable:
      return "not available now";
    default:
      return "failed";
  }
}

}  // namespace

bool Row::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}
std::int64_t Row::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}
std::string Row::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  const int size = sqlite3_column_bytes(statement_, column);
  return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}
std::optional<Timestamp> Row::maybe_time(int column) const {
  if (is_null(column)) return std::nullopt;
  return time(column);
}

void Database::CloseDatabase::operator()(sqlite3* database) const {
  sqlite3_close_v2(database);
}
void Database::CloseStatement::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Result<Database> Database::open(const std::filesystem::path& path, Duration busy) {
  Database database;
  database.path_ = path;
  sqlite3* raw = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  database.database_.reset(raw);
  if (code != SQLITE_OK) return database.failure(code);
  sqlite3_extended_result_codes(raw, 1);
  sqlite3_busy_timeout(raw, static_cast<int>(busy.count()));
  if (sqlite3_db_readonly(raw, "main") == 1) return database.failure(SQLITE_READONLY);
  return database;
}

tl::unexpected<Error> Database::failure(int code, int system_error) const {
  if (system_error == 0 && database_) system_error = sqlite3_system_errno(database_.get());
  const auto house = house_code(code, system_error);
  std::string message = path_.string() + ": " + advice(house) + " (" + sqlite3_errstr(code);
  if ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN) {
    if (system_error != 0) message += std::string(", ") + std::strerror(system_error);
  } else if (house == ErrorCode::internal && database_) {
    message += std::string(": ") + sqlite3_errmsg(database_.get());
  }
  return fail(house, message + ")");
}

Result<sqlite3_stmt*> Database::bound(const char* sql, std::initializer_list<Value> values) {
  auto& statement = statements_[sql];
  if (!statement) {
    sqlite3_stmt* raw = nullptr;
    const int code =
        sqlite3_prepare_v3(database_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    statement.reset(raw);
    if (code != SQLITE_OK) return failure(code);
  }
  sqlite3_stmt* raw = statement.get();
  int at = 0;
  for (const auto& value : values) {
    ++at;
    int code = SQLITE_OK;
    if (const auto* number = std::get_if<std::int64_t>(&value.variant())) {
      code = sqlite3_bind_int64(raw, at, *number);
    } else if (const auto* text = std::get_if<std::string_view>(&value.variant())) {
      // An empty view may hold a null pointer, which SQLite would take for NULL.
      code = sqlite3_bind_text64(raw, at, text->empty() ? "" : text->data(), text->size(),
                                 SQLITE_STATIC, SQLITE_UTF8);
    } else if (const auto* blob = std::get_if<Blob>(&value.variant())) {
      code = sqlite3_bind_blob64(raw, at, blob->bytes.empty() ? "" : blob->bytes.data(),
                                 blob->bytes.size(), SQLITE_STATIC);
    } else {
      code = sqlite3_bind_null(raw, at);
    }
    if (code != SQLITE_OK) return failure(code);
  }
  return raw;
}

Result<void> Database::run(const char* sql, std::initializer_list<Value> values) {
  return each(sql, values, [](const Row&) {});
}

Result<void> Database::each(const char* sql, std::initializer_list<Value> values,
                            const std::function<void(const Row&)>& row) {
  CHELA_TRY(sqlite3_stmt* const statement, bound(sql, values));
  errno = 0;  // SQLite keeps the errno of an open that failed, but not of a write
  int code = sqlite3_step(statement);
  for (; code == SQLITE_ROW; code = sqlite3_step(statement)) row(Row(statement));
  Result<void> outcome;
  if (code != SQLITE_DONE) outcome = failure(code, errno);
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return outcome;
}

Result<void> Database::script(const char* sql) {
  errno = 0;
  const int code = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(code, errno);
  return {};
}

std::int64_t Database::last_id() const {
  return sqlite3_last_insert_rowid(database_.get());
}

std::int64_t Database::changed() const {
  return sqlite3_changes64(database_.get());
}

void Database::leave_log_on_close(bool leave) {
  sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, leave ? 1 : 0, nullptr);
}

Result<void> Database::check_in_place() const {
  int has_moved = 0;
  sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
  if (has_moved == 0) return {};
  return fail(ErrorCode::failed_precondition,
              path_.string() +
                  " was removed or replaced while it was in use; nothing more is written into "
                  "what is gone: start chela again");
}

Result<Transaction> Transaction::begin(Database& database) {
  CHELA_TRY(database.check_in_place());
  CHELA_TRY(database.run("BEGIN IMMEDIATE"));
  return Transaction(database);
}

Result<void> Transaction::commit() {
  CHELA_TRY(database_->run("COMMIT"));
  database_ = nullptr;
  return {};
}

Transaction::~Transaction() {
  // After some errors SQLite has rolled back by itself; then there is nothing left to undo.
  if (database_ != nullptr) static_cast<void>(database_->run("ROLLBACK").has_value());
}

}  // namespace chela::services
