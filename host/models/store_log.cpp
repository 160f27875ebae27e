// What the store tells of calls that are over, and what it keeps for a while: tries, cooldowns,
// announced limits.
#include "models/store.h"

namespace chela::models {
namespace {

using services::Row;

constexpr auto kKeepTries = std::chrono::minutes(2);
constexpr auto kKeepCalls = std::chrono::days(90);

// Macros, because a statement is kept under the address of its literal.
#define CHELA_SELECT_CALLS                                                                   \
  "SELECT id, at, day, lane, state, role, asked, ref, key, 0, 0, nanos, tokens, is_priced, " \
  "input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, first_token_ms, "   \
  "total_ms, reason, explain FROM calls"
#define CHELA_SELECT_ACTIVE                                                                      \
  "SELECT id, at, day, lane, state, role, asked, ref, key, nanos, tokens, 0, 0, 0, 0, 0, 0, 0, " \
  "0, 0, NULL, NULL, '', '' FROM active"

CallState state_of(const std::string& text) {
  for (const auto state : {CallState::waiting, CallState::active, CallState::done}) {
    if (to_string(state) == text) return state;
  }
  return CallState::failed;
}

CallRow call_of(const Row& row) {
  CallRow call;
  call.id = row.text(0);
  call.at = row.time(1);
  call.day = row.text(2);
  call.lane = row.text(3) == to_string(Lane::subagents) ? Lane::subagents : Lane::agents;
  call.state = state_of(row.text(4));
  call.role = row.text(5);
  call.asked = row.text(6);
  call.ref = row.text(7);
  call.key = row.text(8);
  call.reserved = {{row.integer(9)}, row.integer(10)};
  call.spent = {{row.integer(11)}, row.integer(12)};
  call.is_priced = row.flag(13);
  call.usage = {row.integer(14),
                row.integer(15),
                row.integer(16),
                row.integer(17),
                row.integer(18),
                row.integer(19),
                ""};
  if (!row.is_null(20)) call.first_token = Duration(row.integer(20));
  if (!row.is_null(21)) call.total = Duration(row.integer(21));
  call.reason = row.text(22);
  call.explain = parse_json(row.text(23)).value_or(nullptr);
  return call;
}

}  // namespace

std::string_view to_string(Lane lane) {
  return lane == Lane::agents ? "agents" : "subagents";
}

std::string_view to_string(CallState state) {
  switch (state) {
    case CallState::waiting:
      return "waiting";
    case CallState::active:
      return "active";
    case CallState::done:
      return "done";
    case CallState::failed:
      return "failed";
  }
  return "failed";
}

// They stand in the order in which they ended; a clock that jumped does no more than keep some
// longer.
Result<void> Store::forget_old_calls(Timestamp now) {
  const Timestamp until = now - kKeepCalls;
  std::optional<std::int64_t> oldest;
  while (true) {
    oldest.reset();
    CHELA_TRY(database_.each("SELECT ticket, at < ?1 FROM calls ORDER BY ticket LIMIT 1", {until},
                             [&](const Row& row) {
                               if (row.flag(1)) oldest = row.integer(0);
                             }));
    if (!oldest) return {};
    CHELA_TRY(
        database_.run("DELETE FROM calls WHERE ticket < ?1 + 1000 AND at < ?2", {*oldest, until}));
  }
}

Result<std::vector<UsageRow>> Store::usage(const std::string& first_day,
                                           const std::string& last_day) {
  CHELA_TRY(flush());
  std::vector<UsageRow> rows;
  CHELA_TRY(database_.each(
      "SELECT period, role, ref, calls, failed, unpriced, nanos, input, cache_read, "
      "cache_write_5m, cache_write_1h, output, reasoning FROM totals WHERE period BETWEEN ?1 AND "
      "?2 AND length(period) = 10 ORDER BY period, role, ref",
      {first_day, last_day}, [&](const Row& row) {
        rows.push_back({row.text(0), row.text(1), row.text(2), row.integer(3), row.integer(4),
                        row.integer(5), Usd{row.integer(6)},
                        Usage{row.integer(7), row.integer(8), row.integer(9), row.integer(10),
                              row.integer(11), row.integer(12), ""}});
      }));
  return rows;
}

Result<std::vector<CallRow>> Store::calls(int limit) {
  CHELA_TRY(flush());
  std::vector<CallRow> rows;
  CHELA_TRY(database_.each(CHELA_SELECT_CALLS " ORDER BY ticket DESC LIMIT ?1", {limit},
                           [&](const Row& row) { rows.push_back(call_of(row)); }));
  return rows;
}

// From the youngest backwards: who asks means one of the last.
Result<std::optional<CallRow>> Store::call(const std::string& id_or_prefix) {
  CHELA_TRY(flush());
  return find_call(id_or_prefix);
}

Result<std::optional<CallRow>> Store::find_call(const std::string& id_or_prefix) {
  std::optional<CallRow> found;
  const auto take = [&](const Row& row) { found = call_of(row); };
  CHELA_TRY(database_.each(CHELA_SELECT_ACTIVE
                           " WHERE id = ?1 OR (length(?1) >= 4 AND substr(id, 1, length(?1)) = ?1) "
                           "ORDER BY ticket DESC LIMIT 1",
                           {id_or_prefix}, take));
  if (found) return found;
  CHELA_TRY(database_.each(CHELA_SELECT_CALLS
                           " WHERE id = ?1 OR (length(?1) >= 4 AND substr(id, 1, length(?1)) = ?1) "
                           "ORDER BY ticket DESC LIMIT 1",
                           {id_or_prefix}, take));
  return found;
}

Result<std::vector<CallRow>> Store::in_flight() {
  CHELA_TRY(flush());
  std::vector<CallRow> rows;
  CHELA_TRY(database_.each(CHELA_SELECT_ACTIVE " ORDER BY ticket", {},
                           [&](const Row& row) { rows.push_back(call_of(row)); }));
  return rows;
}

Result<std::vector<Duration>> Store::first_tokens(const std::string& ref, int limit) {
  CHELA_TRY(flush());
  std::vector<Duration> times;
  CHELA_TRY(database_.each(
      "SELECT first_token_ms FROM (SELECT ref, state, first_token_ms FROM calls ORDER BY ticket "
      "DESC LIMIT 1000) WHERE ref = ?1 AND state = 'done' AND first_token_ms IS NOT NULL LIMIT ?2",
      {ref, limit}, [&](const Row& row) { times.emplace_back(row.integer(0)); }));
  return times;
}

Result<void> Store::note_try(const std::string& call, const std::string& provider,
                             const std::string& key, std::int64_t tokens, Timestamp now) {
  CHELA_TRY(Batch batch, begin());
  CHELA_TRY(database_.run("DELETE FROM tries WHERE at < ?1 OR at > ?2",
                          {now - kKeepTries, now + kKeepTries}));
  CHELA_TRY(
      database_.run("INSERT INTO tries(call, provider, key, at, tokens) VALUES(?1, ?2, ?3, ?4, ?5)",
                    {call, provider, key, now, tokens}));
  return batch.commit();
}

Result<void> Store::settle_try(const std::string& call, const std::string& provider,
                               const std::string& key, std::int64_t tokens) {
  return database_.run(
      "UPDATE tries SET tokens = ?4 WHERE rowid = (SELECT max(rowid) FROM tries WHERE call = ?1 "
      "AND provider = ?2 AND key = ?3)",
      {call, provider, key, tokens});
}

Result<Store::Recent> Store::recent(const std::string& provider, const std::string& key,
                                    Timestamp since, Timestamp now, const std::string& id) {
  CHELA_TRY(flush());
  Recent recent;
  CHELA_TRY(database_.each(
      "SELECT at, tokens FROM tries WHERE provider = ?1 AND (?2 = '' OR key = ?2) AND at BETWEEN "
      "?3 AND ?4 ORDER BY at",
      {provider, key, since, now},
      [&](const Row& row) { recent.tries.emplace_back(row.time(0), row.integer(1)); }));
  CHELA_TRY(database_.each(
      "SELECT count(*) FROM active WHERE provider = ?1 AND (?2 = '' OR key = ?2) AND state = "
      "'active' AND id != ?3 AND started <= ?4",
      {provider, key, id, now},
      [&](const Row& row) { recent.active = static_cast<int>(row.integer(0)); }));
  return recent;
}

Result<Cooldowns> Store::cooldowns() {
  Cooldowns all;
  CHELA_TRY(database_.each(
      "SELECT provider, key, model, until, failures, reason, message, last_failure, last_try FROM "
      "cooldowns",
      {}, [&](const Row& row) {
        const auto reason = parse_reason(row.text(5));
        all[{row.text(0), row.text(1), row.text(2)}] = {row.time(3),
                                                        static_cast<int>(row.integer(4)),
                                                        reason.value_or(Reason::garbage),
                                                        row.text(6),
                                                        row.time(7),
                                                        row.time(8)};
      }));
  return all;
}

Result<void> Store::put_cooldown(const CooldownKey& key, const Cooldown& cooldown) {
  return database_.run(
      "INSERT OR REPLACE INTO cooldowns(provider, key, model, until, failures, reason, message, "
      "last_failure, last_try) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
      {key.provider, key.key, key.model, cooldown.until, cooldown.failures,
       to_string(cooldown.reason), cooldown.message, cooldown.last_failure, cooldown.last_try});
}

Result<bool> Store::claim_probe(const CooldownKey& key, Timestamp now) {
  CHELA_TRY(Batch batch, begin());
  bool is_free = false;
  CHELA_TRY(database_.each(
      "SELECT last_try <= ?4 FROM cooldowns WHERE provider = ?1 AND key = ?2 AND model = ?3",
      {key.provider, key.key, key.model, now - kProbeEvery},
      [&](const Row& row) { is_free = row.flag(0); }));
  if (!is_free) return false;
  CHELA_TRY(database_.run(
      "UPDATE cooldowns SET last_try = ?4 WHERE provider = ?1 AND key = ?2 AND model = ?3",
      {key.provider, key.key, key.model, now}));
  CHELA_TRY(batch.commit());
  return true;
}

Result<void> Store::remove_cooldowns(const std::vector<CooldownKey>& keys) {
  for (const auto& key : keys) {
    CHELA_TRY(database_.run("DELETE FROM cooldowns WHERE provider = ?1 AND key = ?2 AND model = ?3",
                            {key.provider, key.key, key.model}));
  }
  return {};
}

Result<AnnouncedLimits> Store::limits(Timestamp now) {
  AnnouncedLimits all;
  CHELA_TRY(database_.each(
      "SELECT provider, key, model, name, remaining, until FROM limits WHERE until > ?1", {now},
      [&](const Row& row) {
        all[{row.text(0), row.text(1), row.text(2)}][row.text(3)] = {row.integer(4), row.time(5)};
      }));
  return all;
}

Result<void> Store::put_limit(const CooldownKey& key, const std::string& name,
                              const AnnouncedLimit& limit) {
  return database_.run(
      "INSERT OR REPLACE INTO limits(provider, key, model, name, remaining, until) VALUES(?1, ?2, "
      "?3, ?4, ?5, ?6)",
      {key.provider, key.key, key.model, name, limit.remaining, limit.until});
}

Result<void> Store::remove_limit(const CooldownKey& key, const std::string& name) {
  return database_.run(
      "DELETE FROM limits WHERE provider = ?1 AND key = ?2 AND model = ?3 AND name = ?4",
      {key.provider, key.key, key.model, name});
}

Result<bool> Store::say_once(const std::string& key, Timestamp now) {
  CHELA_TRY(Batch batch, begin());
  bool is_new = true;
  CHELA_TRY(database_.each("SELECT 1 FROM said WHERE key = ?1", {key},
                           [&](const Row&) { is_new = false; }));
  if (is_new) CHELA_TRY(database_.run("INSERT INTO said(key, at) VALUES(?1, ?2)", {key, now}));
  CHELA_TRY(batch.commit());
  return is_new;
}

}  // namespace chela::models
