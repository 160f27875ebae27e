#include "models/store.h"

#include <unistd.h>

#include <algorithm>

#include "models/store_file.h"

namespace chela::models {
namespace {

using services::Row;

// Worked out once for each process, also behind a fork.
const std::string& own_stamp() {
  static std::pair<pid_t, std::string> known;  // loop thread only
  if (known.first != getpid()) known = {getpid(), process_stamp(getpid())};
  return known.second;
}

// From here on what has been set aside is not good enough for what was spent.
constexpr int kNearlyFullPercent = 50;

std::optional<std::int64_t> ms(const std::optional<Duration>& duration) {
  if (!duration) return std::nullopt;
  return duration->count();
}

}  // namespace

Result<Store> Store::open(const std::filesystem::path& file, Timestamp now) {
  CHELA_TRY(auto opened, open_store_file(file, now));
  Store store(std::move(opened.database));
  store.note_ = std::move(opened.note);
  CHELA_TRY(store.bury_the_dead(now));
  CHELA_TRY(store.forget_old_calls(now));
  return store;
}

Result<Store::Batch> Store::begin() {
  if (is_in_batch_) return Batch(nullptr, std::nullopt);
  CHELA_TRY(auto transaction, services::Transaction::begin(database_));
  is_in_batch_ = true;
  return Batch(this, std::move(transaction));
}

std::string Store::unsettled_ids() const {
  json::array ids;
  for (const auto& call : unsettled_) ids.emplace_back(call.id);
  return json::serialize(ids);
}

Result<void> Store::flush() {
  if (!has_unsettled()) return {};
  CHELA_TRY(Batch batch, begin());
  for (; settled_ < unsettled_.size(); ++settled_) {
    const auto settled = settle_now(unsettled_[settled_].row());
    // One that nobody knows any more would stand in the way for ever.
    if (!settled && settled.error().code != ErrorCode::not_found) return fail(settled.error());
  }
  return batch.commit();
}

Store::~Store() {
  static_cast<void>(flush().has_value());
}

Result<void> Store::Batch::commit() {
  if (store_ == nullptr) return {};
  CHELA_TRY(own_->commit());
  auto& rows = store_->unsettled_;
  rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(store_->settled_));
  store_->settled_ = 0;
  return {};
}

Store::Batch::~Batch() {
  if (store_ == nullptr) return;
  store_->is_in_batch_ = false;
  store_->settled_ = 0;  // what was not committed is to be settled again
}

Result<Admission> Store::enter(const CallRow& call, int cap, const Aside* aside) {
  CHELA_TRY(Batch batch, begin());
  std::int64_t in_flight = 0;
  std::int64_t waiting = 0;
  const auto count = [&](const std::string& without) {
    return database_.each(
        "SELECT count(*), ifnull(sum(state = 'waiting'), 0) FROM active WHERE lane = ?1 AND (?2 = "
        "'' OR id NOT IN (SELECT value FROM json_each(?2)))",
        {to_string(call.lane), without}, [&](const Row& row) {
          in_flight = row.integer(0);
          waiting = row.integer(1);
        });
  };
  CHELA_TRY(count(""));
  if (in_flight >= cap && has_unsettled()) CHELA_TRY(count(unsettled_ids()));
  Admission admission;
  admission.state = waiting == 0 && in_flight < cap ? CallState::active : CallState::waiting;
  admission.position = admission.state == CallState::active ? 0 : static_cast<int>(waiting) + 1;
  if (aside != nullptr && admission.state == CallState::active) {
    CHELA_TRY(admission.reservation, find_room(call.id, call.day, call.role, *aside));
  }
  const bool takes = admission.reservation && !admission.reservation->refused_by;
  static const Aside kNothing;
  const Aside& taken = takes ? *aside : kNothing;
  CHELA_TRY(database_.run(
      "INSERT INTO active(id, at, day, lane, state, owner, role, asked, ref, provider, key, "
      "started, nanos, tokens) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
      {call.id, call.at, call.day, to_string(call.lane), to_string(admission.state), own_stamp(),
       call.role, call.asked, taken.ref, provider_of(taken.ref), taken.key, taken.now,
       taken.amount.usd.nanos, taken.amount.tokens}));
  CHELA_TRY(batch.commit());
  return admission;
}

Result<Admission> Store::look(const std::string& id, Lane lane, int cap) {
  CHELA_TRY(Batch batch, begin());
  CHELA_TRY(flush());  // their places are free
  std::int64_t active = 0;
  std::int64_t before = 0;
  CHELA_TRY(database_.each(
      "SELECT ifnull(sum(state = 'active'), 0), ifnull(sum(state = 'waiting' AND ticket < (SELECT "
      "ticket FROM active WHERE id = ?2)), 0) FROM active WHERE lane = ?1",
      {to_string(lane), id}, [&](const Row& row) {
        active = row.integer(0);
        before = row.integer(1);
      }));
  Admission admission{CallState::waiting, static_cast<int>(before) + 1, {}};
  if (active + before < cap) {
    admission = {CallState::active, 0, {}};
    CHELA_TRY(database_.run("UPDATE active SET state = 'active' WHERE id = ?1", {id}));
  }
  CHELA_TRY(batch.commit());
  return admission;
}

// Settled, and set aside by the others.
Result<Amount> Store::spent_without(const std::string& id, const BudgetRule& rule,
                                    const std::string& day) {
  const std::string period = period_of(rule, day);
  Amount amount;
  CHELA_TRY(database_.each(
      "SELECT ifnull(sum(nanos), 0), ifnull(sum(tokens), 0) FROM totals WHERE period = ?1 AND (?2 "
      "= '' OR role = ?2) AND (?3 = '' OR substr(ref, 1, length(?3) + 1) = ?3 || '/') UNION ALL "
      "SELECT ifnull(sum(nanos), 0), ifnull(sum(tokens), 0) FROM active WHERE substr(day, 1, "
      "length(?1)) = ?1 AND (?2 = '' OR role = ?2) AND (?3 = '' OR provider = ?3) AND id != ?4",
      {period, rule.role, rule.provider, id}, [&](const Row& row) {
        amount = amount + Amount{{row.integer(0)}, row.integer(1)};
      }));
  return amount;
}

Result<Amount> Store::spent(const BudgetRule& rule, const std::string& day) {
  CHELA_TRY(flush());
  return spent_without("", rule, day);
}

// Whether all rules have room for what is wanted. Of calls that are over but not settled all that
// they had set aside counts, until that is in the way.
Result<Reservation> Store::find_room(const std::string& id, const std::string& day,
                                     const std::string& role, const Aside& wanted) {
  CHELA_TRY(Reservation reservation, measure_room(id, day, role, wanted));
  const bool is_nearly_full =
      reservation.refused_by ||
      std::any_of(reservation.percents.begin(), reservation.percents.end(),
                  [](const auto& rule) { return rule.second >= kNearlyFullPercent; });
  if (!is_nearly_full || !has_unsettled()) return reservation;
  CHELA_TRY(flush());
  return measure_room(id, day, role, wanted);
}

Result<Reservation> Store::measure_room(const std::string& id, const std::string& day,
                                        const std::string& role, const Aside& wanted) {
  Reservation reservation;
  const std::string_view provider = provider_of(wanted.ref);
  for (const auto& rule : wanted.rules) {
    if (!applies(rule, role, provider)) continue;
    CHELA_TRY(const Amount before, spent_without(id, rule, day));
    if (is_exceeded(rule, before, wanted.amount)) {
      reservation.refused_by = rule;
      reservation.percents = {{rule, percent_of(rule, before)}};
      return reservation;
    }
    reservation.percents.emplace_back(rule, percent_of(rule, before + wanted.amount));
  }
  return reservation;
}

Result<Reservation> Store::reserve(const std::string& id, const Aside& wanted) {
  CHELA_TRY(Batch batch, begin());
  std::optional<std::pair<std::string, std::string>> known;  // day, role
  CHELA_TRY(database_.each("SELECT day, role FROM active WHERE id = ?1", {id}, [&](const Row& row) {
    known = {row.text(0), row.text(1)};
  }));
  if (!known) return fail(ErrorCode::not_found, "no call " + id + " is under way");
  CHELA_TRY(Reservation reservation, find_room(id, known->first, known->second, wanted));
  if (reservation.refused_by) return reservation;
  CHELA_TRY(database_.run(
      "UPDATE active SET ref = ?2, provider = ?3, key = ?4, started = ?5, nanos = ?6, tokens = ?7 "
      "WHERE id = ?1",
      {id, wanted.ref, provider_of(wanted.ref), wanted.key, wanted.now, wanted.amount.usd.nanos,
       wanted.amount.tokens}));
  CHELA_TRY(batch.commit());
  return reservation;
}

// Into the sums of the day and of the month.
Result<void> Store::add_to_totals(const CallRow& call, const std::string& ref, const Amount& amount,
                                  bool is_answer) {
  const Usage usage = is_answer ? call.usage : Usage();
  return database_.run(
      "INSERT INTO totals VALUES(?1, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15), "
      "(?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) ON CONFLICT(period, role, "
      "ref) DO UPDATE SET calls = calls + ?5, failed = failed + ?6, unpriced = unpriced + ?7, "
      "nanos = nanos + ?8, tokens = tokens + ?9, input = input + ?10, cache_read = cache_read + "
      "?11, cache_write_5m = cache_write_5m + ?12, cache_write_1h = cache_write_1h + ?13, output = "
      "output + ?14, reasoning = reasoning + ?15",
      {call.day, std::string_view(call.day).substr(0, 7), call.role, ref, is_answer,
       is_answer && call.state == CallState::failed,
       is_answer && call.state == CallState::done && !call.is_priced, amount.usd.nanos,
       amount.tokens, usage.input_tokens, usage.cache_read_tokens, usage.cache_write_5m_tokens,
       usage.cache_write_1h_tokens, usage.output_tokens, usage.reasoning_tokens});
}

Result<void> Store::settle(const CallRow& call) {
  CHELA_TRY(Batch batch, begin());
  CHELA_TRY(settle_now(call));
  return batch.commit();
}

Result<void> Store::settle_now(const CallRow& call) {
  CHELA_TRY(database_.run("DELETE FROM active WHERE id = ?1", {call.id}));
  if (database_.changed() == 0) {
    CHELA_TRY(const auto known, find_call(call.id));
    if (known) return {};  // it was taken for dead, or two programs buried it
    return fail(ErrorCode::not_found, "no call " + call.id + " is under way");
  }
  Amount rest = call.spent;
  for (const Lost& lost : call.lost) {
    CHELA_TRY(add_to_totals(call, lost.ref, lost.amount, false));
    rest = {rest.usd - lost.amount.usd, rest.tokens - lost.amount.tokens};
  }
  CHELA_TRY(add_to_totals(call, call.ref, rest, true));
  CHELA_TRY(database_.run(
      "INSERT INTO calls(id, at, day, lane, state, role, asked, ref, key, nanos, tokens, "
      "is_priced, input, cache_read, cache_write_5m, cache_write_1h, output, reasoning, "
      "first_token_ms, total_ms, reason, explain) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, "
      "?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22)",
      {call.id,
       call.at,
       call.day,
       to_string(call.lane),
       to_string(call.state),
       call.role,
       call.asked,
       call.ref,
       call.key,
       call.spent.usd.nanos,
       call.spent.tokens,
       call.is_priced,
       call.usage.input_tokens,
       call.usage.cache_read_tokens,
       call.usage.cache_write_5m_tokens,
       call.usage.cache_write_1h_tokens,
       call.usage.output_tokens,
       call.usage.reasoning_tokens,
       ms(call.first_token),
       ms(call.total),
       call.reason,
       json::serialize(call.explain)}));
  return {};
}

Result<void> Store::leave(const std::string& id) {
  return database_.run("DELETE FROM active WHERE id = ?1 AND state = 'waiting'", {id});
}

Result<int> Store::bury_the_dead(Timestamp now) {
  std::vector<std::pair<std::string, std::string>> owners;  // id, owner
  CHELA_TRY(database_.each("SELECT id, owner FROM active", {},
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

}  // namespace chela::models
