#include "heartbeat/dispatch.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <set>

#include "heartbeat/message.h"
#include "heartbeat/silence.h"
#include "tasks/outbox.h"

namespace chela::heartbeat {
namespace {

using boost::asio::awaitable;
using tasks::OutboxKind;
using tasks::OutboxRow;

constexpr int kRefusals = 7;    // over the first hour
constexpr int kSuspicious = 2;  // failures of one message, after which it may be itself the trouble
constexpr auto kLongestAsked = std::chrono::hours(1);  // what a service may ask for

json::object settings_of(const json::value& payload) {
  json::object set;
  if (const auto priority = find_string(payload, "priority")) set["priority"] = *priority;
  if (find(payload, "needs_human") != nullptr)
    set["needs"] = get_bool(payload, "needs_human") ? "human" : "";
  if (get_bool(payload, "close")) set["state"] = "done";
  return set;
}

// The lines of a say row; false where one could not be said.
bool say_all(const OutboxRow& row, const Say& say) {
  const auto payload = parse_json(row.payload);
  const auto* lines = payload ? find(*payload, "lines") : nullptr;
  if (lines == nullptr || !lines->is_array()) return true;  // nothing that could ever be said
  return std::all_of(lines->get_array().begin(), lines->get_array().end(),
                     [&](const json::value& line) { return say(get_string(line, "text")); });
}

}  // namespace

Result<BackendCall> backend_call(const OutboxRow& row) {
  CHELA_TRY(const json::value payload, parse_json(row.payload));
  const std::string id = get_string(payload, "id");
  if (id.empty()) return fail(ErrorCode::invalid_argument, "an outbox row without a task id");
  if (row.kind == OutboxKind::create_task) {
    json::object task = settings_of(payload);
    task["title"] = get_string(payload, "title");
    task["state"] = "queue";
    task["notes"] = get_string(payload, "notes");
    return BackendCall{"create", json::object{{"task", std::move(task)}, {"idempotency_key", id}}};
  }
  std::string note;
  for (const auto& line : get_strings(payload, "notes")) note += (note.empty() ? "" : "; ") + line;
  json::object request{{"id", id}, {"set", settings_of(payload)}};
  if (!note.empty()) request["note"] = note;
  return BackendCall{"update", std::move(request)};
}

namespace {

bool is_message(const OutboxRow& row, const Outlets& outlets) {
  return row.kind == OutboxKind::say && !row.target.empty() && outlets.notify;
}

Result<void> pay_plain(const OutboxRow& row, const Say& say) {
  if (say_all(row, say)) return {};
  return fail(ErrorCode::unavailable, "nobody took the line");
}

// Does what one row owes to a task.
awaitable<Result<void>> pay_task(const OutboxRow& row, const TaskBackend& backend) {
  auto call = backend_call(row);
  if (!call) co_return Result<void>();  // not ours: it could never be done
  const auto reply = co_await backend(row.target, call->op, std::move(call->request));
  // A task that a person removed needs no update any more.
  const bool is_gone = !reply && reply.error().code == ErrorCode::not_found &&
                       row.kind == OutboxKind::update_task && !row.target.empty();
  if (!reply && !is_gone) co_return fail(reply.error());
  co_return Result<void>();
}

void add_once(std::vector<std::string>& lines, const std::string& line) {
  if (std::find(lines.begin(), lines.end(), line) == lines.end()) lines.push_back(line);
}

// One dispatch; lives as long as it.
class Round {
 public:
  Round(tasks::Ledger& ledger, const Outlets& outlets, Timestamp now)
      : ledger_(ledger), outlets_(outlets), now_(now) {}

  awaitable<DispatchOutcome> run() {
    const bool is_kept = co_await pay_rows();
    if (outlets_.rows_are_paid) outlets_.rows_are_paid();
    if (is_kept) co_await send_messages();
    if (const auto rows = ledger_.outbox()) outcome_.waiting = static_cast<int>(rows->size());
    co_return std::move(outcome_);
  }

 private:
  awaitable<bool> pay_rows();
  awaitable<void> send_messages();
  // refused: the service is there, and does not take this one. waits: nobody was asked. unkept: the
  // ledger cannot be kept.
  enum class Fate { taken, refused, waits, failed, unkept };
  struct Sent {
    Fate fate = Fate::waits;
    int attempts = 0;
    std::string why{};
    Timestamp not_before{};  // as the service asked
  };
  struct Owed {
    std::int64_t newest_due = 0;
    Silence silence{};
    std::vector<OutboxRow> rows{};  // the oldest first
  };
  awaitable<Sent> send(const OutboxRow& row);
  awaitable<void> send_to(std::string target, Owed owed);
  awaitable<bool> try_rows(Silence& silence, const std::vector<OutboxRow>& rows);
  bool put_off(const OutboxRow& row, Timestamp until);
  std::map<std::string, Owed> owed_by_target(const std::vector<OutboxRow>& all);
  bool keep(const Result<void>& kept) {
    if (!kept) add_once(outcome_.problems, kept.error().message);
    return kept.has_value();
  }
  Sent keep(const Result<void>& kept, Fate fate, int attempts = 0, std::string why = {}) {
    return {keep(kept) ? fate : Fate::unkept, attempts, std::move(why)};
  }

  tasks::Ledger& ledger_;
  const Outlets& outlets_;
  Timestamp now_;
  DispatchOutcome outcome_;
};

// Tasks and plain lines. False where the ledger cannot be kept.
awaitable<bool> Round::pay_rows() {
  // Of one task only the oldest row is ready, so what follows it comes in another round.
  for (bool has_progress = true; has_progress;) {
    has_progress = false;
    const auto rows = ledger_.outbox();
    if (!rows) {
      outcome_.problems.push_back(rows.error().message);
      co_return false;
    }
    for (const auto& row : tasks::sendable(*rows, now_)) {
      if (is_message(row, outlets_)) continue;
      // Not by ?: with a co_await in it, which g++ 12 destroys twice.
      Result<void> paid;
      if (row.kind == OutboxKind::say) {
        paid = pay_plain(row, outlets_.say);
      } else {
        paid = co_await pay_task(row, outlets_.backend);
      }
      Result<void> kept;
      if (paid) {
        kept = ledger_.outbox_done(row.id);
      } else {
        add_once(outcome_.problems, paid.error().message);
        kept = ledger_.outbox_failed(row.id, paid.error().message,
                                     tasks::next_attempt(row.attempts + 1, now_));
      }
      if (!keep(kept)) co_return false;  // without it the same rows would come for ever
      if (!paid) continue;
      has_progress = true;
      ++outcome_.done;
    }
  }
  co_return true;
}

// One message.
awaitable<Round::Sent> Round::send(const OutboxRow& row) {
  const Timestamp at = outlets_.not_before ? outlets_.not_before(row, now_) : now_;
  if (at > now_) co_return keep(ledger_.outbox_put_off(row.id, row.last_error, at), Fate::waits);
  // From here on nothing joins it: what is sent is what is crossed off.
  const auto begun = ledger_.outbox_begin(row.id);
  if (!begun) {
    add_once(outcome_.problems, begun.error().message);
    co_return Sent{Fate::unkept};
  }
  if (!*begun) co_return Sent{Fate::waits};  // somebody else has done it
  const OutboxRow& owed = **begun;
  auto message = message_of(owed);
  if (!message)  // not ours: could never be sent
    co_return keep(ledger_.outbox_done(owed.id), Fate::waits);
  std::string target = owed.target;
  Told told = co_await outlets_.notify(std::move(target), std::move(*message));
  Result<void>& sent = told.sent;
  // A notifier that was turned off leaves its lines to the log: nothing is lost.
  const bool is_gone = !sent && sent.error().code == ErrorCode::not_found;
  if (is_gone) sent = pay_plain(owed, outlets_.say);
  if (sent) {
    ++outcome_.done;
    co_return keep(ledger_.outbox_done(owed.id), is_gone ? Fate::waits : Fate::taken);
  }
  const std::string& why = sent.error().message;
  add_once(outcome_.problems, why);
  const bool is_refused = sent.error().code == ErrorCode::invalid_argument;
  // It will never be taken, so a person gets it where lines always go. Not at a service's first
  // word: what it refuses may come of a setting that somebody is about to put right.
  if (is_refused && owed.attempts >= kRefusals && pay_plain(owed, outlets_.say))
    co_return keep(ledger_.outbox_done(owed.id), Fate::taken);
  Timestamp next = tasks::next_attempt(owed.attempts, now_);
  if (outlets_.not_before) next = outlets_.not_before(owed, next);
  // A service that refuses one message is there, and may take another.
  Sent outcome = keep(ledger_.outbox_put_off(owed.id, why, next),
                      is_refused ? Fate::refused : Fate::failed, owed.attempts, why);
  outcome.not_before = std::min(told.not_before, now_ + kLongestAsked);
  co_return outcome;
}

// The messages of one notifier, the oldest first. Where it cannot be reached all wait for the same
// time, so that nobody hears that something is over before that it began. A message that fails
// again may be itself the trouble: the next one tells, and where that is taken the notifier is
// there.
awaitable<void> Round::send_to(std::string target, Owed owed) {
  const bool is_kept = co_await try_rows(owed.silence, owed.rows);
  if (is_kept) keep(write_silence(ledger_, target, owed.silence));
  if (outlets_.busy != nullptr) outlets_.busy->erase(target);
}

// False where the ledger cannot be kept.
awaitable<bool> Round::try_rows(Silence& silence, const std::vector<OutboxRow>& rows) {
  if (silence.until > now_) {
    for (const auto& row : rows)
      if (!put_off(row, silence.until)) co_return false;
    co_return true;
  }
  silence.until = {};
  std::vector<OutboxRow> failed;  // in a row, and not known to be the trouble themselves
  Timestamp asked{};              // the service is there, and wants nothing before that
  std::size_t i = 0;
  for (; i < rows.size() && failed.size() < 2; ++i) {
    const Sent sent = co_await send(rows[i]);
    if (sent.fate == Fate::unkept) co_return false;
    if (sent.fate == Fate::taken || sent.fate == Fate::refused) {
      for (const auto& one : failed) silence.own.insert(one.id);
      failed.clear();
    }
    if (sent.fate == Fate::refused) silence.own.insert(rows[i].id);
    if (sent.fate == Fate::failed) asked = sent.not_before;
    const bool is_own = silence.own.contains(rows[i].id) && asked <= now_;
    if (sent.fate != Fate::failed || is_own) continue;
    failed.push_back(rows[i]);
    failed.back().attempts = sent.attempts;
    failed.back().last_error = sent.why;
    if (sent.attempts >= kSuspicious && asked <= now_) continue;
    ++i;
    break;
  }
  // One that fails again with nothing behind it to tell: what comes next will, after it.
  const bool is_alone =
      failed.size() == 1 && failed.front().attempts >= kSuspicious && asked <= now_;
  if (failed.empty() || is_alone) co_return true;
  int attempts = 0;
  for (const auto& one : failed) attempts = std::max(attempts, one.attempts);
  silence.until = std::max(tasks::next_attempt(attempts, now_), asked);
  for (const auto& one : failed)
    if (!put_off(one, silence.until)) co_return false;
  for (; i < rows.size(); ++i)
    if (!put_off(rows[i], silence.until)) co_return false;
  co_return true;
}

bool Round::put_off(const OutboxRow& row, Timestamp until) {
  const Timestamp at = outlets_.not_before ? outlets_.not_before(row, until) : until;
  return keep(ledger_.outbox_put_off(row.id, row.last_error, at));
}

// The messages that are due, by notifier; before them those that failed and are not due yet, so
// that they keep their order.
std::map<std::string, Round::Owed> Round::owed_by_target(const std::vector<OutboxRow>& all) {
  std::map<std::string, Owed> by_target;
  std::set<std::int64_t> due;
  for (const auto& row : tasks::sendable(all, now_)) {
    const bool is_busy = outlets_.busy != nullptr && outlets_.busy->contains(row.target);
    if (!is_message(row, outlets_) || is_busy) continue;
    due.insert(row.id);
    by_target[row.target].newest_due = row.id;
  }
  for (auto& [target, owed] : by_target) owed.silence = read_silence(ledger_, target, now_);
  for (const auto& row : all) {
    const auto place = by_target.find(row.target);
    if (place == by_target.end() || !is_message(row, outlets_)) continue;
    Owed& owed = place->second;
    const bool goes_first = row.attempts > 0 && row.id < owed.newest_due;
    if (due.contains(row.id) || (goes_first && !owed.silence.own.contains(row.id)))
      owed.rows.push_back(row);
  }
  return by_target;
}

awaitable<void> Round::send_messages() {
  const auto rows = ledger_.outbox();
  if (!rows) {
    add_once(outcome_.problems, rows.error().message);
    co_return;
  }
  auto by_target = owed_by_target(*rows);
  if (by_target.empty()) co_return;
  const auto executor = co_await boost::asio::this_coro::executor;
  boost::asio::steady_timer all_done(executor, boost::asio::steady_timer::time_point::max());
  std::size_t left = by_target.size();
  for (auto& [target, owed] : by_target) {
    if (outlets_.busy != nullptr) outlets_.busy->insert(target);
    boost::asio::co_spawn(executor, send_to(target, std::move(owed)),
                          [&](const std::exception_ptr& thrown) {
                            if (thrown) add_once(outcome_.problems, "a notifier threw");
                            if (--left == 0) all_done.cancel();
                          });
  }
  boost::system::error_code error;
  while (left > 0) {
    co_await all_done.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
  }
}

}  // namespace

awaitable<DispatchOutcome> dispatch(tasks::Ledger& ledger, Outlets outlets, Timestamp now) {
  Round round(ledger, outlets, now);
  co_return co_await round.run();
}

}  // namespace chela::heartbeat
