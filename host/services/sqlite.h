// One SQLite connection with prepared statements only; the library's types and codes stay in
// sqlite.cpp.
#pragma once

#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <variant>

#include "base/time.h"
#include "chela/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace chela::services {

// Bytes that are no text.
struct Blob {
  std::string_view bytes;
};

// What is bound to ?1, ?2...; texts are borrowed until the call returns. Times are milliseconds.
class Value {
 public:
  Value(std::int64_t number) : value_(number) {}
  Value(int number) : value_(std::int64_t{number}) {}
  Value(bool flag) : value_(std::int64_t{flag ? 1 : 0}) {}
  Value(std::string_view text) : value_(text) {}
  Value(const std::string& text) : value_(std::string_view(text)) {}
  Value(const char* text) : value_(std::string_view(text)) {}
  Value(Blob blob) : value_(blob) {}
  Value(Timestamp time) : value_(std::int64_t{time.time_since_epoch().count()}) {}
  Value(std::optional<Timestamp> time) {
    if (time) value_ = std::int64_t{time->time_since_epoch().count()};
  }

  Value(std::optional<std::int64_t> number) {
    if (number) value_ = *number;
  }

  using Variant = std::variant<std::monostate, std::int64_t, std::string_view, Blob>;
  const Variant& variant() const { return value_; }

 private:
  Variant value_;
};

// The row that a query stands on; valid inside the callback only.
class Row {
 public:
  explicit Row(sqlite3_stmt* statement) : statement_(statement) {}
  bool is_null(int column) const;
  std::int64_t integer(int column) const;
  bool flag(int column) const { return integer(column) != 0; }
  std::string text(int column) const;  // blobs too
  Timestamp time(int column) const { return Timestamp(Duration(integer(column))); }
  std::optional<Timestamp> maybe_time(int column) const;

 private:
  sqlite3_stmt* statement_;
};

class Database {
 public:
  // Opens an existing file for reading and writing; waits at most `busy` for other processes.
  // permission_denied where it may only be read.
  static Result<Database> open(const std::filesystem::path& path, Duration busy);

  // Runs one statement. `sql` is a string literal: it is prepared once and kept under its address.
  Result<void> run(const char* sql, std::initializer_list<Value> values = {});
  // Calls `row` for each row of the answer.
  Result<void> each(const char* sql, std::initializer_list<Value> values,
                    const std::function<void(const Row&)>& row);
  // Runs several fixed statements, for schemas.
  Result<void> script(const char* sql);

  std::int64_t last_id() const;
  std::int64_t changed() const;  // rows, by the last statement that changed some
  // Leaves the write-ahead log as it is when this connection closes.
  void leave_log_on_close(bool leave);
  // failed_precondition where the file was removed, moved or replaced since it was opened: SQLite
  // would go on writing into what nobody finds again.
  Result<void> check_in_place() const;
  const std::filesystem::path& path() const { return path_; }

 private:
  struct CloseDatabase {
    void operator()(sqlite3* database) const;
  };
  struct CloseStatement {
    void operator()(sqlite3_stmt* statement) const;
  };
  using StatementPointer = std::unique_ptr<sqlite3_stmt, CloseStatement>;

  Result<sqlite3_stmt*> bound(const char* sql, std::initializer_list<Value> values);
  tl::unexpected<Error> failure(int code, int system_error = 0) const;

  std::filesystem::path path_;
  std::unique_ptr<sqlite3, CloseDatabase> database_;
  std::unordered_map<const char*, StatementPointer> statements_;  // closed before database_
};

// Begins at once as a writer, where the file is still in its place; what is not committed when it
// goes out of scope never happened.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Result<void> commit();

  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;  // nullptr when done
};

}  // namespace chela::services
