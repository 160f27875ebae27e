#include "heartbeat/dispatch.h"

#include <algorithm>

#include "tasks/outbox.h"

namespace chela::heartbeat {
namespace {

using tasks::OutboxKind;
using tasks::OutboxRow;

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

// Does what one row owes.
boost::asio::awaitable<Result<void>> pay(const OutboxRow& row, const TaskBackend& backend,
                                         const Say& say) {
  if (row.kind == OutboxKind::say) {
    if (!say_all(row, say)) co_return fail(ErrorCode::unavailable, "nobody took the line");
    co_return Result<void>();
  }
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

}  // namespace

boost::asio::awaitable<DispatchOutcome> dispatch(tasks::Ledger& ledger, const TaskBackend& backend,
                                                 const Say& say, Timestamp now) {
  DispatchOutcome outcome;
  // Of one task only the oldest row is ready, so what follows it comes in another round.
  for (bool has_progress = true; has_progress;) {
    has_progress = false;
    const auto rows = ledger.outbox();
    if (!rows) {
      outcome.problems.push_back(rows.error().message);
      co_return outcome;
    }
    outcome.waiting = static_cast<int>(rows->size());
    for (const auto& row : tasks::sendable(*rows, now)) {
      const auto paid = co_await pay(row, backend, say);
      Result<void> kept;
      if (paid) {
        kept = ledger.outbox_done(row.id);
      } else {
        add_once(outcome.problems, paid.error().message);
        kept = ledger.outbox_failed(row.id, paid.error().message,
                                    tasks::next_attempt(row.attempts + 1, now));
      }
      if (!kept) {  // without it the same rows would come for ever
        add_once(outcome.problems, kept.error().message);
        co_return outcome;
      }
      if (!paid) continue;
      has_progress = true;
      ++outcome.done;
      --outcome.waiting;
    }
  }
  co_return outcome;
}

}  // namespace chela::heartbeat
