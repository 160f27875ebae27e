#include "tasks/ledger_schema.h"

#include <array>
#include <fstream>

namespace chela::tasks {

using services::Database;
using services::Row;
using services::Transaction;

namespace {

constexpr std::int64_t kApplicationId = 0x6368656c;  // "chel", in the file's header

// What version 1 had; kept as it was, and brought up to date by the steps below.
constexpr const char* kTables = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES('revision', '0');

CREATE TABLE checks(check_id TEXT PRIMARY KEY, last_ok INTEGER, last_attempt INTEGER,
  consecutive_failures INTEGER NOT NULL, baseline_done INTEGER NOT NULL, last_status INTEGER,
  last_summary TEXT NOT NULL, cursor TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE alerts(check_id TEXT NOT NULL, key TEXT NOT NULL, severity INTEGER NOT NULL,
  worst INTEGER NOT NULL, title TEXT NOT NULL, detail TEXT NOT NULL, url TEXT NOT NULL,
  needs_human INTEGER NOT NULL, opened_at INTEGER NOT NULL, last_seen INTEGER NOT NULL,
  task_id TEXT NOT NULL, PRIMARY KEY(check_id, key));

CREATE TABLE seen_events(check_id TEXT NOT NULL, key TEXT NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY(check_id, key)) WITHOUT ROWID;

CREATE TABLE outbox(id INTEGER PRIMARY KEY AUTOINCREMENT, kind INTEGER NOT NULL, target TEXT NOT NULL,
  task_id TEXT NOT NULL, payload TEXT NOT NULL, created_at INTEGER NOT NULL, attempts INTEGER NOT NULL,
  last_error TEXT NOT NULL, not_before INTEGER NOT NULL);

CREATE TABLE runs(id INTEGER PRIMARY KEY AUTOINCREMENT, check_id TEXT NOT NULL, started INTEGER NOT NULL,
  duration INTEGER NOT NULL, outcome INTEGER NOT NULL, status INTEGER, error TEXT NOT NULL,
  findings INTEGER NOT NULL);
CREATE INDEX runs_by_check ON runs(check_id, id);

CREATE TABLE faults(id INTEGER PRIMARY KEY, instance TEXT NOT NULL, plugin TEXT NOT NULL,
  at INTEGER NOT NULL, what TEXT NOT NULL);
CREATE INDEX faults_by_plugin ON faults(plugin, at);

CREATE TABLE quarantines(plugin TEXT PRIMARY KEY, since INTEGER NOT NULL, until INTEGER NOT NULL,
  reason TEXT NOT NULL) WITHOUT ROWID;

CREATE TABLE tasks(id TEXT PRIMARY KEY, backend TEXT NOT NULL, title TEXT NOT NULL, state TEXT NOT NULL,
  closed INTEGER NOT NULL, updated_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE task_keys(task_id TEXT NOT NULL REFERENCES tasks(id) ON DELETE CASCADE,
  check_id TEXT NOT NULL, key TEXT NOT NULL, PRIMARY KEY(task_id, check_id, key)) WITHOUT ROWID;

CREATE TABLE plugin_state(instance TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY(instance, key));

CREATE TABLE file_versions(id INTEGER PRIMARY KEY, path TEXT NOT NULL, at INTEGER NOT NULL,
  content BLOB NOT NULL);
CREATE INDEX file_versions_by_path ON file_versions(path, id);

PRAGMA application_id = 1667786092;
PRAGMA user_version = 1;
)sql";

// 1 -> 2: the life cycle of alerts. Columns are only ever added at the end.
constexpr const char* kSecond = R"sql(
ALTER TABLE checks ADD COLUMN missed_slots INTEGER NOT NULL DEFAULT 0;
ALTER TABLE checks ADD COLUMN metrics TEXT NOT NULL DEFAULT '[]';

ALTER TABLE alerts ADD COLUMN last_said INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alerts ADD COLUMN is_flapping INTEGER NOT NULL DEFAULT 0;
UPDATE alerts SET last_said = opened_at;

CREATE TABLE conditions(check_id TEXT NOT NULL, key TEXT NOT NULL, bad_runs INTEGER NOT NULL,
  good_runs INTEGER NOT NULL, first_bad INTEGER NOT NULL, last_bad INTEGER NOT NULL,
  history TEXT NOT NULL, is_flapping INTEGER NOT NULL, PRIMARY KEY(check_id, key)) WITHOUT ROWID;

CREATE TABLE mutes(check_id TEXT NOT NULL, key TEXT NOT NULL, kind INTEGER NOT NULL,
  at INTEGER NOT NULL, until INTEGER, severity INTEGER NOT NULL, note TEXT NOT NULL,
  PRIMARY KEY(check_id, key, kind)) WITHOUT ROWID;

PRAGMA user_version = 2;
)sql";

// 2 -> 3: several task backends that are kept alike.
constexpr const char* kThird = R"sql(
CREATE TABLE mirror_pairs(mirror TEXT NOT NULL, source TEXT NOT NULL, source_id TEXT NOT NULL,
  source_task TEXT NOT NULL, mirror_task TEXT NOT NULL, missing INTEGER, missing_since INTEGER,
  made INTEGER, PRIMARY KEY(mirror, source, source_id));

CREATE TABLE mirror_writes(mirror TEXT NOT NULL, source_id TEXT NOT NULL, fields TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY(mirror, source_id)) WITHOUT ROWID;

PRAGMA user_version = 3;
)sql";

constexpr std::array<const char*, kLedgerVersion> kSteps = {kTables, kSecond, kThird};

std::uint32_t big_endian(const char* bytes) {
  std::uint32_t number = 0;
  for (int i = 0; i < 4; ++i) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

Result<void> judge(const std::filesystem::path& path, std::int64_t application,
                   std::int64_t version) {
  if (application != kApplicationId && (application != 0 || version != 0)) {
    return fail(ErrorCode::failed_precondition,
                path.string() + ": this is another program's SQLite file, not a chela ledger");
  }
  if (version > kLedgerVersion) {
    return fail(ErrorCode::failed_precondition,
                path.string() + ": written by a newer chela: the ledger has version " +
                    std::to_string(version) + ", this chela knows up to version " +
                    std::to_string(kLedgerVersion) + "; nothing was changed");
  }
  return {};
}

}  // namespace

Result<void> check_ledger_header(const std::filesystem::path& path) {
  constexpr std::string_view kMagic("SQLite format 3\0", 16);
  std::array<char, 100> header{};
  std::ifstream file(path, std::ios::binary);
  if (!file) return {};  // absent, or the error that opening it will say better
  file.read(header.data(), header.size());
  const auto size = static_cast<std::size_t>(file.gcount());
  if (size == 0) return {};
  if (size < header.size() || std::string_view(header.data(), 16) != kMagic) {
    return fail(ErrorCode::data_loss, path.string() + ": damaged (not an SQLite database)");
  }
  return judge(path, big_endian(&header[68]), big_endian(&header[60]));
}

Result<void> prepare_ledger_schema(Database& database) {
  std::int64_t application = 0;
  std::int64_t version = 0;
  std::int64_t tables = 0;
  const auto look = [&]() -> Result<void> {
    CHELA_TRY(database.each("PRAGMA application_id", {},
                            [&](const Row& row) { application = row.integer(0); }));
    CHELA_TRY(database.each("PRAGMA user_version", {},
                            [&](const Row& row) { version = row.integer(0); }));
    return judge(database.path(), application, version);
  };
  CHELA_TRY(look());
  if (version == kLedgerVersion) return {};
  CHELA_TRY(auto transaction, Transaction::begin(database));
  CHELA_TRY(look());  // another process may have been first
  if (version == kLedgerVersion) return transaction.commit();
  CHELA_TRY(database.each("SELECT count(*) FROM sqlite_schema", {},
                          [&](const Row& row) { tables = row.integer(0); }));
  if (version == 0 && tables != 0) {
    return fail(
        ErrorCode::failed_precondition,
        database.path().string() + ": this is another program's SQLite file, not a chela ledger");
  }
  for (auto step = static_cast<std::size_t>(version); step < kSteps.size(); ++step) {
    CHELA_TRY(database.script(kSteps[step]));
  }
  return transaction.commit();
}

}  // namespace chela::tasks
