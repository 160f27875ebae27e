#include "tasks/ledger.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "services/sqlite_damage.h"
#include "tasks/ledger_schema.h"

namespace chela::tasks {

using services::Database;
using services::file_failure;
using services::Row;
using services::with_suffix;

namespace {

constexpr Duration kBusy = std::chrono::seconds(2);

// Creates an empty file only its owner may read; SQLite gives its log files the same mode.
Result<void> ensure_file(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) return {};
  if (path.has_parent_path()) {
    std::filesystem::create_directories(path.parent_path(), error);
    if (error) return file_failure(path.parent_path(), "cannot create the folder", error.value());
  }
  const int file = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
  if (file < 0) return file_failure(path, "cannot create the ledger", errno);
  ::close(file);
  return {};
}

// A log with content at opening time means that the last writer did not close, or is still there.
bool was_left_open(const std::filesystem::path& path) {
  std::error_code error;
  const auto size = std::filesystem::file_size(with_suffix(path, "-wal"), error);
  return !error && size > 0;
}

Result<void> check_pages(Database& database) {
  std::string finding = "ok";
  CHELA_TRY(
      database.each("PRAGMA quick_check(1)", {}, [&](const Row& row) { finding = row.text(0); }));
  if (finding == "ok") return {};
  return fail(ErrorCode::data_loss, database.path().string() + ": damaged (" + finding + ")");
}

Result<std::vector<CheckRow>> read_checks(Database& database) {
  std::vector<CheckRow> rows;
  CHELA_TRY(database.each(
      "SELECT check_id, last_ok, last_attempt, consecutive_failures, baseline_done, last_status, "
      "last_summary, cursor, missed_slots, metrics FROM checks ORDER BY check_id",
      {}, [&](const Row& row) {
        std::optional<CheckStatus> status;
        if (!row.is_null(5)) status = static_cast<CheckStatus>(row.integer(5));
        rows.push_back({row.text(0), row.maybe_time(1), row.maybe_time(2),
                        static_cast<int>(row.integer(3)), row.flag(4), status, row.text(6),
                        parse_json(row.text(7)).value_or(nullptr), row.integer(8), row.text(9)});
      }));
  return rows;
}

Result<std::vector<AlertRow>> read_alerts(Database& database) {
  std::vector<AlertRow> rows;
  CHELA_TRY(database.each(
      "SELECT check_id, key, severity, worst, title, detail, url, needs_human, opened_at, "
      "last_seen, "
      "task_id, last_said, is_flapping FROM alerts ORDER BY check_id, key",
      {}, [&](const Row& row) {
        rows.push_back({row.text(0), row.text(1), static_cast<Severity>(row.integer(2)),
                        static_cast<Severity>(row.integer(3)), row.text(4), row.text(5),
                        row.text(6), row.flag(7), row.time(8), row.time(9), row.text(10),
                        row.time(11), row.flag(12)});
      }));
  return rows;
}

// Whether every byte can be read just now.
Result<void> check_readable(const std::filesystem::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return file_failure(path, "cannot be opened", errno);
  std::array<char, 65536> buffer;
  ssize_t got = 0;
  do {
    got = ::read(file, buffer.data(), buffer.size());
  } while (got > 0);
  const int why = errno;
  ::close(file);
  if (got < 0) return file_failure(path, "cannot be read", why);
  return {};
}

}  // namespace

// SQLite tells a disk that fails to read (EIO) as a damaged file. A good ledger must not be set
// aside for that: what can be read a moment later is opened again.
Result<Ledger> Ledger::open(const std::filesystem::path& path) {
  auto ledger = open_once(path);
  if (ledger || ledger.error().code != ErrorCode::data_loss) return ledger;
  CHELA_TRY(check_readable(path));
  return open_once(path);
}

Result<Ledger> Ledger::open_once(const std::filesystem::path& path) {
  CHELA_TRY(check_ledger_header(path));
  CHELA_TRY(ensure_file(path));
  const bool unclean = was_left_open(path);
  CHELA_TRY(auto database, Database::open(path, kBusy));
  database.leave_log_on_close(true);  // until the file is known to be ours
  CHELA_TRY(database.script("PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;"));
  if (unclean) CHELA_TRY(check_pages(database));
  CHELA_TRY(prepare_ledger_schema(database));
  CHELA_TRY(database.script("PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 4194304;"));
  database.leave_log_on_close(false);
  Ledger ledger(std::move(database));
  CHELA_TRY(ledger.revision_, ledger.stored_revision());
  return ledger;
}

Result<std::int64_t> Ledger::stored_revision() {
  std::int64_t revision = 0;
  CHELA_TRY(database_.each("SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'revision'", {},
                           [&](const Row& row) { revision = row.integer(0); }));
  return revision;
}

Result<Snapshot> Ledger::load() {
  // One read transaction: no commit of another process falls between two of these queries.
  CHELA_TRY(database_.run("BEGIN"));
  const auto read = [&]() -> Result<Snapshot> {
    Snapshot snapshot;
    CHELA_TRY(revision_, stored_revision());
    CHELA_TRY(snapshot.checks, read_checks(database_));
    CHELA_TRY(snapshot.alerts, read_alerts(database_));
    CHELA_TRY(snapshot.outbox, outbox());
    CHELA_TRY(snapshot.tasks, tasks());
    CHELA_TRY(snapshot.mutes, mutes());
    CHELA_TRY(auto state_file, meta(kMetaStateFile));
    snapshot.state_file = std::move(state_file).value_or("");
    return snapshot;
  };
  auto snapshot = read();
  CHELA_TRY(database_.run("COMMIT"));
  return snapshot;
}

}  // namespace chela::tasks
