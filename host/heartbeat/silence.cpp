#include "heartbeat/silence.h"

namespace chela::heartbeat {
namespace {

// No try is further off; what says so is of before the clock went back.
constexpr auto kLongestWait = std::chrono::minutes(61);
const std::string kSilence = "notify_silence:";  // in the ledger's meta, by notifier

}  // namespace

Silence read_silence(tasks::Ledger& ledger, const std::string& target, Timestamp now) {
  const auto text = ledger.meta(kSilence + target);
  const auto kept = parse_json(text && *text ? **text : "{}");
  if (!kept) return {};
  Silence silence{Timestamp(Duration(get_int(*kept, "until"))), {}};
  if (silence.until > now + kLongestWait) silence.until = {};
  const auto* own = find(*kept, "own");
  if (own == nullptr || !own->is_array()) return silence;
  for (const auto& id : own->get_array())
    if (id.is_int64()) silence.own.insert(id.get_int64());
  return silence;
}

Result<void> write_silence(tasks::Ledger& ledger, const std::string& target,
                           const Silence& silence) {
  json::array own;
  if (!silence.own.empty()) {
    CHELA_TRY(const auto rows, ledger.outbox());
    for (const auto& row : rows)
      if (silence.own.contains(row.id)) own.emplace_back(row.id);
  }
  const std::string name = kSilence + target;
  CHELA_TRY(const auto before, ledger.meta(name));
  if (own.empty() && silence.until == Timestamp()) {
    return before ? ledger.remove_meta(name) : Result<void>();
  }
  const std::string text = json::serialize(
      json::object{{"until", silence.until.time_since_epoch().count()}, {"own", std::move(own)}});
  return before && *before == text ? Result<void>() : ledger.set_meta(name, text);
}

Result<void> try_again(tasks::Ledger& ledger, const std::string& target, Timestamp now) {
  const Timestamp until = read_silence(ledger, target, now).until;
  CHELA_TRY(write_silence(ledger, target, {}));
  CHELA_TRY(const auto rows, ledger.outbox());
  for (const auto& row : rows) {
    if (row.kind != tasks::OutboxKind::say || row.target != target || row.not_before <= now)
      continue;
    // Quiet hours are asked for again before it is sent.
    if (row.attempts == 0 && row.not_before > until) continue;
    CHELA_TRY(ledger.outbox_put_off(row.id, row.last_error, now));
  }
  return {};
}

}  // namespace chela::heartbeat
