#include "services/sqlite_foreign.h"

#include <sqlite3.h>

#include <memory>
#include <string>

namespace chela::services {
namespace {

// SQLite's file: URIs end a path at '?' and '#' and decode %XX.
std::string uri_path(std::string_view path) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : path) {
    if (c != '?' && c != '#' && c != '%') {
      text += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    text += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return text;
}

tl::unexpected<Error> failure(const std::filesystem::path& path, int code) {
  const int kind = code & 0xff;
  const ErrorCode house = kind == SQLITE_NOTADB || kind == SQLITE_CORRUPT ? ErrorCode::data_loss
                          : kind == SQLITE_PERM || kind == SQLITE_AUTH
                              ? ErrorCode::permission_denied
                          : kind == SQLITE_ERROR ? ErrorCode::internal
                                                 : ErrorCode::unavailable;
  return fail(house, path.string() + ": " + sqlite3_errstr(code));
}

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

}  // namespace

Result<void> read_foreign_rows(const std::filesystem::path& path, Duration busy, const char* sql,
                               std::int64_t number, const std::function<void(const Row&)>& row) {
  std::error_code error;
  const bool is_in_use = std::filesystem::exists(path.string() + "-wal", error) &&
                         std::filesystem::exists(path.string() + "-shm", error);
  // Without both files SQLite would make them: what nobody writes to is read as it lies there.
  const std::string name =
      "file:" + uri_path(path.string()) + (is_in_use ? "?mode=ro&readonly_shm=1" : "?immutable=1");
  sqlite3* opened = nullptr;
  int code = sqlite3_open_v2(
      name.c_str(), &opened,
      SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX, nullptr);
  const std::unique_ptr<sqlite3, Close> database(opened);
  if (code != SQLITE_OK) return failure(path, code);
  sqlite3_busy_timeout(opened, static_cast<int>(busy.count()));
  sqlite3_stmt* prepared = nullptr;
  code = sqlite3_prepare_v2(opened, sql, -1, &prepared, nullptr);
  const std::unique_ptr<sqlite3_stmt, Close> statement(prepared);
  if (code != SQLITE_OK) return failure(path, code);
  code = sqlite3_bind_int64(prepared, 1, number);
  if (code != SQLITE_OK) return failure(path, code);
  for (code = sqlite3_step(prepared); code == SQLITE_ROW; code = sqlite3_step(prepared))
    row(Row(prepared));
  if (code != SQLITE_DONE) return failure(path, code);
  return {};
}

}  // namespace chela::services
