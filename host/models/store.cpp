#include "models/store.h"

#include <unistd.h>

#include "models/store_file.h"

namespace chela::models {
namespace {

using services::Row;
using services::Transaction;

// Worked out once for each process, also behind a fork.
const std::string& own_stamp() {
  static std::pair<pid_t, std::string> known;  // loop thread only
  if (known.first != getpid()) known = {getpid(), process_stamp(getpid())};
  return known.second;
}

Amount negative(const Amount& amount) {
  return {{-amount.usd.nanos}, -amount.tokens};
}

std::string provider_of(const std::string& ref) {
  return ref.substr(0, ref.find('/'));
}

// A macro, because a statement is kept under the address of its literal.
#define CHELA_SELECT_CALLS                                                                    \
  "SELECT id, at, day, lane, state, role, asked, ref, key, reserved_nanos, reserved_tokens, " \
  "nanos, tokens, is_priced, input, cache_read, cache_write_5m, cache_write_1h, output, "     \
  "reasoning, first_token_ms, total_ms, reason, explain FROM calls"

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

// What a call counts towards, and what it has set aside.
struct SetAside {
  std::string day, role, ref;
  Amount amount;
  bool is_over = false;
};

Result<SetAside> find_set_aside(services::Database& database, const std::string& id) {
  std::optional<SetAside> found;
  CHELA_TRY(database.each(
      "SELECT day, role, ref, reserved_nanos, reserved_tokens, state FROM calls WHERE id = ?1",
      {id}, [&](const Row& row) {
        const CallState state = state_of(row.text(5));
        found = {row.text(0),
                 row.text(1),
                 row.text(2),
                 {{row.integer(3)}, row.integer(4)},
                 state == CallState::done || state == CallState::failed};
      }));
  if (!found) return fail(ErrorCode::not_found, "no call " + id + " is under way");
  return std::move(*found);
}

std::optional<std::int64_t> ms(const std::optional<Duration>& duration) {
  if (!duration) return std::nullopt;
  return duration->count();
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

Result<Store> Store::open(const std::filesystem::path& file, Timestamp now) {
  CHELA_TRY(auto opened, open_store_file(file, now));
  Store store(std::move(opened.database));
  store.note_ = std::move(opened.note);
  CHELA_TRY(store.bury_the_dead(now));
  return store;
}

Result<Admission> Store::enter(const CallRow& call, int cap, const Aside* aside) {
  CHELA_TRY(auto transaction, Transaction::begin(database_));
  std::int64_t in_flight = 0;
  std::int64_t waiting = 0;
  CHELA_TRY(
      database_.each("SELECT count(*), ifnull(sum(state = 'waiting'), 0) FROM calls "
                     "WHERE state IN ('waiting', 'active') AND lane = ?1",
                     {to_string(call.lane)}, [&](const Row& row) {
                       in_flight = row.integer(0);
                       waiting = row.integer(1);
                     }));
  Admission admission;
  admission.state = waiting == 0 && in_flight < cap ? CallState::active : CallState::waiting;
  admission.position = admission.state == CallState::active ? 0 : static_cast<int>(waiting) + 1;
  CHELA_TRY(database_.run(
      "INSERT INTO calls(id, at, day, lane, state, owner, role, asked, ref, provider, key, "
      "started, "
      "reserved_nanos, reserved_tokens, nanos, tokens, is_priced, input, cache_read, "
      "cache_write_5m, cache_write_1h, output, reasoning, reason, explain) VALUES(?1, ?2, ?3, ?4, "
      "?5, ?6, ?7, ?8, '', '', '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', '')",
      {call.id, call.at, call.day, to_string(call.lane), to_string(admission.state), own_stamp(),
       call.role, call.asked}));
  if (aside != nullptr && admission.state == CallState::active) {
    CHELA_TRY(admission.reservation, take_room(call.id, call.day, call.role, *aside));
  }
  CHELA_TRY(transaction.commit());
  return admission;
}

Result<Admission> Store::look(const std::string& id, Lane lane, int cap) {
  CHELA_TRY(auto transaction, Transaction::begin(database_));
  std::int64_t active = 0;
  std::int64_t before = 0;
  CHELA_TRY(database_.each(
      "SELECT ifnull(sum(state = 'active'), 0), ifnull(sum(state = 'waiting' AND ticket < (SELECT "
      "ticket FROM calls WHERE id = ?2)), 0) FROM calls "
      "WHERE state IN ('waiting', 'active') AND lane = ?1",
      {to_string(lane), id}, [&](const Row& row) {
        active = row.integer(0);
        before = row.integer(1);
      }));
  Admission admission{CallState::waiting, static_cast<int>(before) + 1, {}};
  if (active + before < cap) {
    admission = {CallState::active, 0, {}};
    CHELA_TRY(database_.run("UPDATE calls SET state = 'active' WHERE id = ?1", {id}));
  }
  CHELA_TRY(transaction.commit());
  return admission;
}

Result<void> Store::add_to_sums(const std::string& day, const std::string& role,
                                const std::string& ref, const Amount& amount) {
  if (amount == Amount()) return {};
  for (const auto& key : sum_keys(day, role, provider_of(ref))) {
    CHELA_TRY(database_.run(
        "INSERT INTO sums(key, nanos, tokens) VALUES(?1, ?2, ?3) ON CONFLICT(key) DO UPDATE SET "
        "nanos = nanos + ?2, tokens = tokens + ?3",
        {key, amount.usd.nanos, amount.tokens}));
  }
  return {};
}

// Inside a transaction. Where a rule refuses, nothing has been written that it could not keep.
Result<Reservation> Store::take_room(const std::string& id, const std::string& day,
                                     const std::string& role, const Aside& wanted) {
  Reservation reservation;
  const std::string provider = provider_of(wanted.ref);
  for (const auto& rule : wanted.rules) {
    if (!applies(rule, role, provider)) continue;
    CHELA_TRY(const Amount before, spent(sum_key(rule, day)));
    if (is_exceeded(rule, before, wanted.amount)) {
      reservation.refused_by = rule;
      reservation.percents = {{rule, percent_of(rule, before)}};
      return reservation;
    }
    reservation.percents.emplace_back(rule, percent_of(rule, before + wanted.amount));
  }
  CHELA_TRY(add_to_sums(day, role, wanted.ref, wanted.amount));
  CHELA_TRY(
      database_.run("UPDATE calls SET ref = ?2, provider = ?3, key = ?4, reserved_nanos = ?5, "
                    "reserved_tokens = ?6, started = ?7 WHERE id = ?1",
                    {id, wanted.ref, provider, wanted.key, wanted.amount.usd.nanos,
                     wanted.amount.tokens, wanted.now}));
  return reservation;
}

Result<Reservation> Store::reserve(const std::string& id, const Aside& wanted) {
  CHELA_TRY(auto transaction, Transaction::begin(database_));
  CHELA_TRY(const SetAside call, find_set_aside(database_, id));
  CHELA_TRY(add_to_sums(call.day, call.role, call.ref, negative(call.amount)));
  CHELA_TRY(Reservation reservation, take_room(id, call.day, call.role, wanted));
  // Refused: the transaction is not committed, and nothing has changed.
  if (!reservation.refused_by) CHELA_TRY(transaction.commit());
  return reservation;
}

Result<void> Store::settle(const CallRow& call) {
  CHELA_TRY(auto transaction, Transaction::begin(database_));
  CHELA_TRY(const SetAside known, find_set_aside(database_, call.id));
  if (known.is_over) return {};  // two programs buried the same dead
  const Amount back = negative(known.amount);
  if (provider_of(known.ref) == provider_of(call.ref)) {
    CHELA_TRY(add_to_sums(known.day, known.role, call.ref, call.spent + back));
  } else {
    CHELA_TRY(add_to_sums(known.day, known.role, known.ref, back));
    CHELA_TRY(add_to_sums(known.day, known.role, call.ref, call.spent));
  }
  CHELA_TRY(database_.run(
      "UPDATE calls SET state = ?2, ref = ?3, provider = ?4, key = ?5, reserved_nanos = 0, "
      "reserved_tokens = 0, nanos = ?6, tokens = ?7, is_priced = ?8, input = ?9, cache_read = ?10, "
      "cache_write_5m = ?11, cache_write_1h = ?12, output = ?13, reasoning = ?14, "
      "first_token_ms = ?15, total_ms = ?16, reason = ?17, explain = ?18 WHERE id = ?1",
      {call.id, to_string(call.state), call.ref, provider_of(call.ref), call.key,
       call.spent.usd.nanos, call.spent.tokens, call.is_priced, call.usage.input_tokens,
       call.usage.cache_read_tokens, call.usage.cache_write_5m_tokens,
       call.usage.cache_write_1h_tokens, call.usage.output_tokens, call.usage.reasoning_tokens,
       ms(call.first_token), ms(call.total), call.reason, json::serialize(call.explain)}));
  return transaction.commit();
}

Result<void> Store::leave(const std::string& id) {
  return database_.run("DELETE FROM calls WHERE id = ?1 AND state = 'waiting'", {id});
}

Result<int> Store::bury_the_dead(Timestamp now) {
  std::vector<std::pair<std::string, std::string>> owners;  // id, owner
  CHELA_TRY(database_.each("SELECT id, owner FROM calls WHERE state IN ('waiting', 'active')", {},
                           [&](const Row& row) { owners.emplace_back(row.text(0), row.text(1)); }));
  int buried = 0;
  for (const auto& [id, owner] : owners) {
    if (is_alive(owner)) continue;
    ++buried;
    CHELA_TRY(leave(id));
    CHELA_TRY(auto row, call(id));
    if (!row || row->state != CallState::active) continue;
    row->state = CallState::failed;
    row->spent = row->reserved;
    row->total = now > row->at ? now - row->at : Duration(0);
    row->reason = "killed";
    row->explain = json::object{{"error",
                                 "chela ended while the call was under way; what was set "
                                 "aside for it counts as spent"}};
    CHELA_TRY(settle(*row));
  }
  return buried;
}

Result<Amount> Store::spent(const std::string& sum_key) {
  Amount amount;
  CHELA_TRY(database_.each("SELECT nanos, tokens FROM sums WHERE key = ?1", {sum_key},
                           [&](const Row& row) {
                             amount = {{row.integer(0)}, row.integer(1)};
                           }));
  return amount;
}

Result<std::vector<UsageRow>> Store::usage(const std::string& first_day,
                                           const std::string& last_day) {
  std::vector<UsageRow> rows;
  CHELA_TRY(database_.each(
      "SELECT day, role, ref, count(*), sum(state = 'failed'), sum(state = 'done' AND NOT "
      "is_priced), sum(nanos), sum(input), sum(cache_read), sum(cache_write_5m), "
      "sum(cache_write_1h), sum(output), sum(reasoning) FROM calls WHERE day >= ?1 AND day <= ?2 "
      "AND state IN ('done', 'failed') GROUP BY day, role, ref ORDER BY day, role, ref",
      {first_day, last_day}, [&](const Row& row) {
        rows.push_back({row.text(0), row.text(1), row.text(2), row.integer(3), row.integer(4),
                        row.integer(5), Usd{row.integer(6)},
                        Usage{row.integer(7), row.integer(8), row.integer(9), row.integer(10),
                              row.integer(11), row.integer(12), ""}});
      }));
  return rows;
}

Result<std::vector<CallRow>> Store::calls(int limit) {
  std::vector<CallRow> rows;
  CHELA_TRY(database_.each(CHELA_SELECT_CALLS " ORDER BY ticket DESC "
                                              "LIMIT ?1",
                           {limit}, [&](const Row& row) { rows.push_back(call_of(row)); }));
  return rows;
}

Result<std::optional<CallRow>> Store::call(const std::string& id_or_prefix) {
  std::optional<CallRow> found;
  CHELA_TRY(database_.each(
      CHELA_SELECT_CALLS
      " WHERE id = ?1 OR "
      "(length(?1) >= 4 AND substr(id, 1, length(?1)) = ?1) ORDER BY id = ?1, ticket DESC LIMIT 1",
      {id_or_prefix}, [&](const Row& row) { found = call_of(row); }));
  return found;
}

Result<std::vector<CallRow>> Store::in_flight() {
  std::vector<CallRow> rows;
  CHELA_TRY(database_.each(CHELA_SELECT_CALLS " WHERE state IN "
                                              "('waiting', 'active') ORDER BY ticket",
                           {}, [&](const Row& row) { rows.push_back(call_of(row)); }));
  return rows;
}

Result<std::vector<Duration>> Store::first_tokens(const std::string& ref, int limit) {
  std::vector<Duration> times;
  CHELA_TRY(database_.each(
      "SELECT first_token_ms FROM calls WHERE ref = ?1 AND state = 'done' AND first_token_ms IS "
      "NOT NULL ORDER BY ticket DESC LIMIT ?2",
      {ref, limit}, [&](const Row& row) { times.emplace_back(row.integer(0)); }));
  return times;
}

Result<Store::Recent> Store::recent(const std::string& provider, const std::string& key,
                                    Timestamp since, Timestamp now, const std::string& id) {
  Recent recent;
  CHELA_TRY(database_.each(
      "SELECT started, max(reserved_tokens, tokens), state = 'active' FROM calls WHERE provider = "
      "?1 AND (?2 = '' OR key = ?2) AND id != ?5 AND started <= ?4 AND (started >= ?3 OR state = "
      "'active') ORDER BY started",
      {provider, key, since, now, id}, [&](const Row& row) {
        if (row.time(0) >= since) recent.calls.emplace_back(row.time(0), row.integer(1));
        recent.active += row.flag(2) ? 1 : 0;
      }));
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
  CHELA_TRY(auto transaction, Transaction::begin(database_));
  bool is_free = false;
  CHELA_TRY(database_.each(
      "SELECT last_try <= ?4 FROM cooldowns WHERE provider = ?1 AND key = ?2 AND model = ?3",
      {key.provider, key.key, key.model, now - kProbeEvery},
      [&](const Row& row) { is_free = row.flag(0); }));
  if (!is_free) return false;
  CHELA_TRY(database_.run(
      "UPDATE cooldowns SET last_try = ?4 WHERE provider = ?1 AND key = ?2 AND model = ?3",
      {key.provider, key.key, key.model, now}));
  CHELA_TRY(transaction.commit());
  return true;
}

Result<void> Store::remove_cooldowns(const std::vector<CooldownKey>& keys) {
  for (const auto& key : keys) {
    CHELA_TRY(database_.run("DELETE FROM cooldowns WHERE provider = ?1 AND key = ?2 AND model = ?3",
                            {key.provider, key.key, key.model}));
  }
  return {};
}

Result<bool> Store::say_once(const std::string& key, Timestamp now) {
  CHELA_TRY(auto transaction, Transaction::begin(database_));
  bool is_new = true;
  CHELA_TRY(database_.each("SELECT 1 FROM said WHERE key = ?1", {key},
                           [&](const Row&) { is_new = false; }));
  if (is_new) CHELA_TRY(database_.run("INSERT INTO said(key, at) VALUES(?1, ?2)", {key, now}));
  CHELA_TRY(transaction.commit());
  return is_new;
}

}  // namespace chela::models
