// The part of the ledger that a tick writes: findings, history, outbox and the task mirror.
#include "tasks/ledger.h"

#include <algorithm>

namespace chela::tasks {

using services::Database;
using services::Row;
using services::Transaction;

namespace {

constexpr Duration kSeenFor = std::chrono::hours(24) * 90;
constexpr Duration kClosedFor = std::chrono::hours(24) * 90;

std::optional<std::int64_t> number_of(const std::optional<CheckStatus>& status) {
  if (!status) return std::nullopt;
  return static_cast<std::int64_t>(*status);
}

template <class Enum>
std::int64_t number_of(Enum value) {
  return static_cast<std::int64_t>(value);
}

Result<void> put_check(Database& database, const CheckRow& row) {
  const std::string cursor = json::serialize(row.cursor);
  return database.run(
      "INSERT OR REPLACE INTO checks VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
      {row.check, row.last_ok, row.last_attempt, row.consecutive_failures, row.baseline_done,
       number_of(row.last_status), row.last_summary, cursor, row.missed_slots, row.metrics});
}

Result<void> put_alert(Database& database, const AlertRow& row) {
  return database.run(
      "INSERT OR REPLACE INTO alerts VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
      "?12, ?13)",
      {row.check, row.key, number_of(row.severity), number_of(row.worst), row.title, row.detail,
       row.url, row.needs_human, row.opened_at, row.last_seen, row.task_id, row.last_said,
       row.is_flapping});
}

Result<void> put_condition(Database& database, const ConditionRow& row) {
  return database.run("INSERT OR REPLACE INTO conditions VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                      {row.check, row.key, row.bad_runs, row.good_runs, row.first_bad, row.last_bad,
                       row.history, row.is_flapping});
}

Result<void> put_mute(Database& database, const MuteRow& row) {
  return database.run("INSERT OR REPLACE INTO mutes VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                      {row.check, row.key, number_of(row.kind), row.at, row.until,
                       number_of(row.severity), row.note});
}

Result<void> put_seen(Database& database, const SeenEvent& event) {
  return database.run("INSERT OR REPLACE INTO seen_events VALUES(?1, ?2, ?3)",
                      {event.check, event.key, event.at});
}

// Forgets what is old or too much, so that the table stays small for ever.
Result<void> trim_seen(Database& database, const std::string& check, Timestamp newest) {
  CHELA_TRY(database.run("DELETE FROM seen_events WHERE check_id = ?1 AND at < ?2",
                         {check, newest - kSeenFor}));
  return database.run(
      "DELETE FROM seen_events WHERE check_id = ?1 AND key IN (SELECT key FROM seen_events "
      "WHERE check_id = ?1 ORDER BY at DESC, key LIMIT -1 OFFSET 5000)",
      {check});
}

Result<void> put_run(Database& database, const RunRow& row) {
  CHELA_TRY(database.run(
      "INSERT INTO runs(check_id, started, duration, outcome, status, error, findings) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      {row.check, row.started, std::int64_t{row.duration.count()}, number_of(row.outcome),
       number_of(row.status), row.error, row.findings}));
  return database.run(
      "DELETE FROM runs WHERE check_id = ?1 AND id <= "
      "(SELECT id FROM runs WHERE check_id = ?1 ORDER BY id DESC LIMIT 1 OFFSET 200)",
      {row.check});
}

Result<void> put_owed(Database& database, const OutboxRow& row) {
  return database.run(
      "INSERT INTO outbox(kind, target, task_id, payload, created_at, attempts, last_error, "
      "not_before) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
      {number_of(row.kind), row.target, row.task_id, row.payload, row.created_at, row.attempts,
       row.last_error, row.not_before});
}

OutboxRow outbox_row(const Row& row) {
  return {row.integer(0),
          static_cast<OutboxKind>(row.integer(1)),
          row.text(2),
          row.text(3),
          row.text(4),
          row.time(5),
          static_cast<int>(row.integer(6)),
          row.text(7),
          row.time(8)};
}

// In place, or as a row of its own where that row is not as it was any more.
Result<void> put_joined(Database& database, const OutboxJoin& joined) {
  bool is_as_it_was = false;
  CHELA_TRY(database.each("SELECT 1 FROM outbox WHERE id = ?1 AND attempts = 0 AND payload = ?2",
                          {joined.id, joined.expected}, [&](const Row&) { is_as_it_was = true; }));
  if (!is_as_it_was) return put_owed(database, joined.alone);
  return database.run("UPDATE outbox SET payload = ?2 WHERE id = ?1", {joined.id, joined.payload});
}

}  // namespace

Result<void> Ledger::commit(const TickRecord& record) {
  CHELA_TRY(auto transaction, Transaction::begin(database_));
  CHELA_TRY(const auto stored, stored_revision());
  if (stored != revision_) {
    return fail(
        ErrorCode::aborted,
        database_.path().string() +
            ": another chela process recorded a tick meanwhile; load again and decide again");
  }
  CHELA_TRY(write_findings(record));
  CHELA_TRY(write_tasks(record.tasks));
  CHELA_TRY(write_history(record));
  for (const auto& [key, value] : record.meta) CHELA_TRY(put_meta(key, value));
  CHELA_TRY(database_.run("UPDATE meta SET value = ?1 WHERE key = 'revision'",
                          {std::to_string(stored + 1)}));
  CHELA_TRY(transaction.commit());
  revision_ = stored + 1;
  return {};
}

Result<void> Ledger::write_findings(const TickRecord& record) {
  for (const auto& row : record.checks) CHELA_TRY(put_check(database_, row));
  for (const auto& id : record.recovered) {
    CHELA_TRY(
        database_.run("DELETE FROM alerts WHERE check_id = ?1 AND key = ?2", {id.check, id.key}));
  }
  for (const auto& row : record.alerts) CHELA_TRY(put_alert(database_, row));
  CHELA_TRY(write_conditions(record));
  std::map<std::string, Timestamp> newest;
  for (const auto& event : record.seen) {
    CHELA_TRY(put_seen(database_, event));
    auto& at = newest.try_emplace(event.check, event.at).first->second;
    at = std::max(at, event.at);
  }
  for (const auto& [check, at] : newest) CHELA_TRY(trim_seen(database_, check, at));
  return {};
}

Result<void> Ledger::write_conditions(const TickRecord& record) {
  for (const auto& row : record.conditions) {
    CHELA_TRY(put_condition(database_, row));
    // Checks that were removed leave rows behind that no run will ever touch again.
    CHELA_TRY(
        database_.run("DELETE FROM conditions WHERE last_bad < ?1", {row.last_bad - kSeenFor}));
  }
  for (const auto& id : record.forgotten) {
    CHELA_TRY(database_.run("DELETE FROM conditions WHERE check_id = ?1 AND key = ?2",
                            {id.check, id.key}));
  }
  for (const auto& row : record.unmuted) {
    CHELA_TRY(database_.run(
        "DELETE FROM mutes WHERE check_id = ?1 AND key = ?2 AND kind = ?3 AND at = ?4",
        {row.check, row.key, number_of(row.kind), row.at}));
  }
  return {};
}

Result<std::vector<ConditionRow>> Ledger::conditions(std::string_view check) {
  std::vector<ConditionRow> rows;
  CHELA_TRY(database_.each(
      "SELECT check_id, key, bad_runs, good_runs, first_bad, last_bad, history, is_flapping "
      "FROM conditions WHERE check_id = ?1 ORDER BY key",
      {check}, [&](const Row& row) {
        rows.push_back({row.text(0), row.text(1), static_cast<int>(row.integer(2)),
                        static_cast<int>(row.integer(3)), row.time(4), row.time(5), row.text(6),
                        row.flag(7)});
      }));
  return rows;
}

Result<std::vector<MuteRow>> Ledger::mutes() {
  std::vector<MuteRow> rows;
  CHELA_TRY(database_.each(
      "SELECT check_id, key, kind, at, until, severity, note FROM mutes ORDER BY check_id, key, "
      "kind",
      {}, [&](const Row& row) {
        rows.push_back({row.text(0), row.text(1), static_cast<MuteKind>(row.integer(2)),
                        row.time(3), row.maybe_time(4), static_cast<Severity>(row.integer(5)),
                        row.text(6)});
      }));
  return rows;
}

Result<void> Ledger::mute(const std::vector<MuteRow>& rows) {
  CHELA_TRY(auto transaction, Transaction::begin(database_));
  for (const auto& row : rows) CHELA_TRY(put_mute(database_, row));
  return transaction.commit();
}

Result<void> Ledger::unmute(const std::vector<AlertId>& ids) {
  CHELA_TRY(auto transaction, Transaction::begin(database_));
  for (const auto& id : ids) {
    CHELA_TRY(
        database_.run("DELETE FROM mutes WHERE check_id = ?1 AND key = ?2", {id.check, id.key}));
  }
  return transaction.commit();
}

Result<void> Ledger::write_history(const TickRecord& record) {
  for (const auto& row : record.runs) CHELA_TRY(put_run(database_, row));
  for (const auto& joined : record.joined) CHELA_TRY(put_joined(database_, joined));
  for (const auto& row : record.outbox) CHELA_TRY(put_owed(database_, row));
  for (const auto& fault : record.faults) CHELA_TRY(put_fault(fault));
  return {};
}

Result<void> Ledger::write_tasks(const std::vector<TaskRow>& rows) {
  for (const auto& row : rows) {
    // An upsert, because replacing the row would take its keys with it.
    CHELA_TRY(database_.run(
        "INSERT INTO tasks VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(id) DO UPDATE SET "
        "backend = ?2, title = ?3, state = ?4, closed = ?5, updated_at = ?6",
        {row.id, row.backend, row.title, row.state, row.closed, row.updated_at}));
    CHELA_TRY(database_.run("DELETE FROM task_keys WHERE task_id = ?1", {row.id}));
    for (const auto& id : row.keys) {
      CHELA_TRY(database_.run("INSERT OR IGNORE INTO task_keys VALUES(?1, ?2, ?3)",
                              {row.id, id.check, id.key}));
    }
    // A closed task that an open alert still names is remembered as long as the alert.
    CHELA_TRY(
        database_.run("DELETE FROM tasks WHERE closed AND updated_at < ?1 AND id NOT IN "
                      "(SELECT task_id FROM alerts)",
                      {row.updated_at - kClosedFor}));
  }
  return {};
}

Result<std::vector<OutboxRow>> Ledger::outbox() {
  std::vector<OutboxRow> rows;
  CHELA_TRY(database_.each(
      "SELECT id, kind, target, task_id, payload, created_at, attempts, last_error, not_before "
      "FROM outbox ORDER BY id",
      {}, [&](const Row& row) { rows.push_back(outbox_row(row)); }));
  return rows;
}

Result<std::optional<OutboxRow>> Ledger::outbox_begin(std::int64_t id) {
  CHELA_TRY(auto transaction, Transaction::begin(database_));
  CHELA_TRY(database_.run("UPDATE outbox SET attempts = attempts + 1 WHERE id = ?1", {id}));
  std::optional<OutboxRow> begun;
  CHELA_TRY(database_.each(
      "SELECT id, kind, target, task_id, payload, created_at, attempts, last_error, not_before "
      "FROM outbox WHERE id = ?1",
      {id}, [&](const Row& row) { begun = outbox_row(row); }));
  CHELA_TRY(transaction.commit());
  return begun;
}

Result<void> Ledger::outbox_put_off(std::int64_t id, std::string_view error, Timestamp not_before) {
  return database_.run("UPDATE outbox SET last_error = ?2, not_before = ?3 WHERE id = ?1",
                       {id, error, not_before});
}

Result<void> Ledger::outbox_done(std::int64_t id) {
  return database_.run("DELETE FROM outbox WHERE id = ?1", {id});
}

Result<void> Ledger::outbox_failed(std::int64_t id, std::string_view error, Timestamp not_before) {
  return database_.run(
      "UPDATE outbox SET attempts = attempts + 1, last_error = ?2, not_before = ?3 WHERE id = ?1",
      {id, error, not_before});
}

Result<std::vector<SeenEvent>> Ledger::seen(std::string_view check) {
  std::vector<SeenEvent> events;
  CHELA_TRY(
      database_.each("SELECT check_id, key, at FROM seen_events WHERE check_id = ?1 ORDER BY key",
                     {check}, [&](const Row& row) {
                       events.push_back({row.text(0), row.text(1), row.time(2)});
                     }));
  return events;
}

Result<std::vector<RunRow>> Ledger::runs(std::string_view check, int limit) {
  std::vector<RunRow> rows;
  CHELA_TRY(database_.each(
      "SELECT id, check_id, started, duration, outcome, status, error, findings FROM runs "
      "WHERE check_id = ?1 ORDER BY id DESC LIMIT ?2",
      {check, limit}, [&](const Row& row) {
        std::optional<CheckStatus> status;
        if (!row.is_null(5)) status = static_cast<CheckStatus>(row.integer(5));
        rows.push_back({row.integer(0), row.text(1), row.time(2), Duration(row.integer(3)),
                        static_cast<RunOutcome>(row.integer(4)), status, row.text(6),
                        static_cast<int>(row.integer(7))});
      }));
  return rows;
}

Result<std::vector<TaskRow>> Ledger::tasks() {
  std::vector<TaskRow> rows;
  CHELA_TRY(database_.each(
      "SELECT id, backend, title, state, closed, updated_at, check_id, key FROM tasks "
      "LEFT JOIN task_keys ON task_id = id ORDER BY id, check_id, key",
      {}, [&](const Row& row) {
        if (rows.empty() || rows.back().id != row.text(0)) {
          rows.push_back(
              {row.text(0), row.text(1), row.text(2), row.text(3), row.flag(4), row.time(5), {}});
        }
        if (!row.is_null(6)) rows.back().keys.push_back({row.text(6), row.text(7)});
      }));
  return rows;
}

Result<void> Ledger::save_tasks(const std::vector<TaskRow>& rows) {
  CHELA_TRY(auto transaction, Transaction::begin(database_));
  CHELA_TRY(write_tasks(rows));
  return transaction.commit();
}

}  // namespace chela::tasks
