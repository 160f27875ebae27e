#include "heartbeat/tick_tasks.h"

#include <algorithm>
#include <map>

#include "heartbeat/wording.h"

namespace chela::heartbeat {
namespace {

using boost::asio::awaitable;

// Takes over the open tasks that the ledger does not know, or not as open, but that name a finding
// which opens now: after a lost ledger the finding goes on in its old task.
void adopt_tasks(const TickContext& context, Start& start, const json::array& list,
                 const std::set<tasks::AlertId>& opened) {
  std::set<std::string> known;
  for (const auto& task : start.snapshot.tasks)
    if (!task.closed) known.insert(task.id);
  // One that still has to be closed there only looks open.
  for (const auto& row : start.snapshot.outbox) known.insert(row.task_id);
  for (const auto& task : list) {
    tasks::TaskRow row;
    row.id = get_string(task, "id");
    row.backend = context.task_backend;
    row.title = get_string(task, "title");
    row.state = get_string(task, "state");
    row.updated_at = start.now;
    if (!tasks::is_open_state(row.state) || known.contains(row.id)) continue;
    row.keys = findings_in(get_string(task, "notes"));
    const bool is_wanted =
        std::any_of(row.keys.begin(), row.keys.end(),
                    [&](const tasks::AlertId& id) { return opened.contains(id); });
    if (!is_wanted) continue;
    // One that was closed and has been opened again by a person is known, but as closed.
    std::erase_if(start.snapshot.tasks, [&](const auto& other) { return other.id == row.id; });
    start.snapshot.tasks.push_back(row);
    start.adopted.push_back(std::move(row));
  }
}

// Where a task of ours is kept.
std::string backend_of(const TickContext& context, const tasks::TaskRow& task) {
  return task.backend.empty() ? context.task_backend : task.backend;
}

void learn_states(const TickContext& context, Start& start, const std::string& backend,
                  const json::array& list) {
  std::map<std::string, std::string> states;
  for (const auto& task : list) states[get_string(task, "id")] = get_string(task, "state");
  for (auto& task : start.snapshot.tasks) {
    if (task.closed || backend_of(context, task) != backend) continue;
    const auto found = states.find(task.id);
    const bool is_waiting =
        std::any_of(start.snapshot.outbox.begin(), start.snapshot.outbox.end(),
                    [&](const tasks::OutboxRow& row) { return row.task_id == task.id; });
    if (is_waiting) continue;  // not there yet
    task.state = found == states.end() ? "cancelled" : found->second;
    task.closed = !tasks::is_open_state(task.state);
  }
}

}  // namespace

awaitable<void> refresh_tasks(TickContext& context, Start& start,
                              const std::vector<AlertChanges>& changes) {
  std::set<tasks::AlertId> opened;
  for (const auto& change : changes) {
    for (const auto& one : change.opened) opened.insert({one.alert.check, one.alert.key});
  }
  std::set<std::string> backends;
  if (!opened.empty()) backends.insert(context.task_backend);
  for (const auto& task : start.snapshot.tasks) {
    if (!task.closed) backends.insert(backend_of(context, task));
  }
  for (const auto& backend : backends) {
    json::object request;
    const std::string target = backend == context.task_backend ? "" : backend;
    const auto reply = co_await context.backend(target, "list", std::move(request));
    // One that is turned off knows of no task any more.
    const bool is_off = !reply && reply.error().code == ErrorCode::not_found && !target.empty();
    const json::value none = json::array();
    const auto* list = is_off ? &none : reply ? find(*reply, "tasks") : nullptr;
    if (list == nullptr || !list->is_array()) continue;  // away: go on with what we know
    learn_states(context, start, backend, list->get_array());
    if (target.empty()) adopt_tasks(context, start, list->get_array(), opened);
  }
}

void close_forgotten(const Start& start, tasks::TickRecord& record) {
  const std::set<tasks::AlertId> over(record.recovered.begin(), record.recovered.end());
  std::set<std::string> named;
  for (const auto& alert : start.snapshot.alerts)
    if (!over.contains({alert.check, alert.key})) named.insert(alert.task_id);
  for (const auto& row : record.tasks) named.insert(row.id);
  for (const auto& task : start.snapshot.tasks) {
    if (!task.closed || named.contains(task.id) || !start.open_tasks.contains(task.id)) continue;
    record.tasks.push_back(task);
    record.tasks.back().updated_at = start.now;
  }
}

}  // namespace chela::heartbeat
