#include "heartbeat/dispatch.h"

#include <algorithm>
#include <set>

namespace chela::heartbeat {
namespace {

using tasks::OutboxKind;
using tasks::OutboxRow;

json::object settings_of(const json::value& payload) {
  json::object set;
  if (const auto priority = find_string(payload, "priority")) set["priority"] = *priority;
  if (find(payload, "needs_human") != nullptr) set["needs"] = get_bool(payload, "needs_human") ? "human" : "";
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

Duration dispatch_delay(int attempts) {
  using std::chrono::seconds;
  const Duration longest = std::chrono::minutes(15);
  Duration delay = seconds(15);
  for (int i = 1; i < attempts && delay < longest; ++i) delay *= 2;
  return std::min(delay, longest);
}

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

boost::asio::awaitable<DispatchOutcome> dispatch(tasks::Ledger& ledger, const TaskBackend& backend, const Say& say,
                                                 Timestamp now) {
  DispatchOutcome outcome;
  auto rows = ledger.outbox();
  if (!rows) {
    outcome.problems.push_back(rows.error().message);
    co_return outcome;
  }
  std::set<std::string> waiting_tasks;
  for (const auto& row : *rows) {
    if (row.not_before > now || (!row.task_id.empty() && waiting_tasks.contains(row.task_id))) {
      if (!row.task_id.empty()) waiting_tasks.insert(row.task_id);
      ++outcome.waiting;
      continue;
    }
    Result<void> done;
    if (row.kind == OutboxKind::say) {
      if (!say_all(row, say)) done = fail(ErrorCode::unavailable, "nobody took the line");
    } else {
      auto call = backend_call(row);
      if (call) {
        const auto reply = co_await backend(row.target, call->op, std::move(call->request));
        // A task that a person removed needs no update any more.
        const bool is_gone = !reply && reply.error().code == ErrorCode::not_found && row.kind == OutboxKind::update_task;
        if (!reply && !is_gone) done = fail(reply.error());
      }
    }
    if (done) {
      if (const auto crossed_off = ledger.outbox_done(row.id); crossed_off) {
        ++outcome.done;
        continue;
      }
      outcome.problems.push_back("the ledger cannot be written; a task or line may come twice");
      co_return outcome;
    }
    if (!row.task_id.empty()) waiting_tasks.insert(row.task_id);
    ++outcome.waiting;
    const bool is_new = std::find(outcome.problems.begin(), outcome.problems.end(), done.error().message) ==
                        outcome.problems.end();
    if (is_new) outcome.problems.push_back(done.error().message);
    if (const auto kept = ledger.outbox_failed(row.id, done.error().message, now + dispatch_delay(row.attempts + 1));
        !kept) {
      outcome.problems.push_back(kept.error().message);
    }
  }
  co_return outcome;
}

}  // namespace chela::heartbeat
