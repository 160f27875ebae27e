// The part of the ledger that is kept beside the ticks: faults, plugin state, file versions, small
// facts.
#include "tasks/ledger.h"

namespace chela::tasks {

using services::Blob;
using services::Row;
using services::Transaction;

namespace {

constexpr std::size_t kMaxStateKey = 200;
constexpr std::size_t kMaxStateValue = 64 * 1024;
constexpr std::int64_t kMaxStateKeys = 1000;

}  // namespace

Result<void> Ledger::put_fault(const FaultRow& fault) {
  CHELA_TRY(database_.run("INSERT INTO faults(instance, plugin, at, what) VALUES(?1, ?2, ?3, ?4)",
                          {fault.instance, fault.plugin, fault.at, fault.what}));
  return database_.run("DELETE FROM faults WHERE id <= (SELECT max(id) FROM faults) - 1000");
}

Result<void> Ledger::record_fault(const FaultRow& fault) {
  CHELA_TRY(auto transaction, Transaction::begin(database_));
  CHELA_TRY(put_fault(fault));
  return transaction.commit();
}

Result<std::vector<FaultRow>> Ledger::faults_since(std::string_view plugin, Timestamp since) {
  std::vector<FaultRow> rows;
  CHELA_TRY(
      database_.each("SELECT instance, plugin, at, what FROM faults "
                     "WHERE plugin = ?1 AND at >= ?2 ORDER BY at, id",
                     {plugin, since}, [&](const Row& row) {
                       rows.push_back({row.text(0), row.text(1), row.time(2), row.text(3)});
                     }));
  return rows;
}

Result<void> Ledger::set_quarantine(const QuarantineRow& row) {
  return database_.run("INSERT OR REPLACE INTO quarantines VALUES(?1, ?2, ?3, ?4)",
                       {row.plugin, row.since, row.until, row.reason});
}

Result<void> Ledger::lift_quarantine(std::string_view plugin) {
  return database_.run("DELETE FROM quarantines WHERE plugin = ?1", {plugin});
}

Result<std::vector<QuarantineRow>> Ledger::quarantines() {
  std::vector<QuarantineRow> rows;
  CHELA_TRY(database_.each("SELECT plugin, since, until, reason FROM quarantines ORDER BY plugin",
                           {}, [&](const Row& row) {
                             rows.push_back({row.text(0), row.time(1), row.time(2), row.text(3)});
                           }));
  return rows;
}

Result<std::optional<std::string>> Ledger::state_get(std::string_view instance,
                                                     std::string_view key) {
  std::optional<std::string> value;
  CHELA_TRY(database_.each("SELECT value FROM plugin_state WHERE instance = ?1 AND key = ?2",
                           {instance, key}, [&](const Row& row) { value = row.text(0); }));
  return value;
}

Result<void> Ledger::state_set(std::string_view instance, std::string_view key,
                               std::string_view value) {
  if (key.empty() || key.size() > kMaxStateKey) {
    return fail(ErrorCode::invalid_argument, "state of " + std::string(instance) +
                                                 ": wanted a key of 1 to 200 bytes, found " +
                                                 std::to_string(key.size()));
  }
  if (value.size() > kMaxStateValue) {
    return fail(ErrorCode::resource_exhausted,
                "state of " + std::string(instance) + ", key " + std::string(key) +
                    ": wanted a value of at most 65536 bytes, found " +
                    std::to_string(value.size()));
  }
  CHELA_TRY(auto transaction, Transaction::begin(database_));
  std::int64_t others = 0;
  CHELA_TRY(database_.each("SELECT count(*) FROM plugin_state WHERE instance = ?1 AND key <> ?2",
                           {instance, key}, [&](const Row& row) { others = row.integer(0); }));
  if (others >= kMaxStateKeys) {
    return fail(ErrorCode::resource_exhausted,
                "state of " + std::string(instance) +
                    ": wanted at most 1000 keys, found no room for " + std::string(key));
  }
  CHELA_TRY(database_.run("INSERT OR REPLACE INTO plugin_state VALUES(?1, ?2, ?3)",
                          {instance, key, Blob{value}}));
  return transaction.commit();
}

Result<void> Ledger::state_remove(std::string_view instance, std::string_view key) {
  return database_.run("DELETE FROM plugin_state WHERE instance = ?1 AND key = ?2",
                       {instance, key});
}

Result<std::vector<std::string>> Ledger::state_keys(std::string_view instance) {
  std::vector<std::string> keys;
  CHELA_TRY(database_.each("SELECT key FROM plugin_state WHERE instance = ?1 ORDER BY key",
                           {instance}, [&](const Row& row) { keys.push_back(row.text(0)); }));
  return keys;
}

Result<void> Ledger::keep_version(std::string_view path, Timestamp at, std::string_view content) {
  CHELA_TRY(auto transaction, Transaction::begin(database_));
  bool is_known = false;
  CHELA_TRY(database_.each(
      "SELECT content = ?2 FROM file_versions WHERE path = ?1 ORDER BY id DESC LIMIT 1",
      {path, Blob{content}}, [&](const Row& row) { is_known = row.flag(0); }));
  if (is_known) return transaction.commit();
  CHELA_TRY(database_.run("INSERT INTO file_versions(path, at, content) VALUES(?1, ?2, ?3)",
                          {path, at, Blob{content}}));
  CHELA_TRY(database_.run(
      "DELETE FROM file_versions WHERE path = ?1 AND id <= "
      "(SELECT id FROM file_versions WHERE path = ?1 ORDER BY id DESC LIMIT 1 OFFSET 50)",
      {path}));
  return transaction.commit();
}

Result<std::vector<FileVersion>> Ledger::versions(std::string_view path) {
  std::vector<FileVersion> rows;
  CHELA_TRY(database_.each(
      "SELECT id, at, length(content) FROM file_versions WHERE path = ?1 ORDER BY id DESC", {path},
      [&](const Row& row) {
        rows.push_back({row.integer(0), row.time(1), row.integer(2)});
      }));
  return rows;
}

Result<std::string> Ledger::version_content(std::int64_t id) {
  std::optional<std::string> content;
  CHELA_TRY(database_.each("SELECT content FROM file_versions WHERE id = ?1", {id},
                           [&](const Row& row) { content = row.text(0); }));
  if (content) return *std::move(content);
  return fail(ErrorCode::not_found, "file version " + std::to_string(id) +
                                        ": not kept (any more); `versions` lists the last 50");
}

Result<std::optional<std::string>> Ledger::meta(std::string_view key) {
  std::optional<std::string> value;
  CHELA_TRY(database_.each("SELECT value FROM meta WHERE key = ?1", {key},
                           [&](const Row& row) { value = row.text(0); }));
  return value;
}

Result<void> Ledger::put_meta(std::string_view key, std::string_view value) {
  if (key == "revision") {
    return fail(ErrorCode::invalid_argument, "ledger: meta key 'revision' is the ledger's own");
  }
  return database_.run("INSERT OR REPLACE INTO meta VALUES(?1, ?2)", {key, value});
}

Result<void> Ledger::set_meta(std::string_view key, std::string_view value) {
  return put_meta(key, value);
}

Result<void> Ledger::remove_meta(std::string_view key) {
  if (key == "revision") {
    return fail(ErrorCode::invalid_argument, "ledger: meta key 'revision' is the ledger's own");
  }
  return database_.run("DELETE FROM meta WHERE key = ?1", {key});
}

}  // namespace chela::tasks
