#include "tasks/mirror_documents.h"

#include <algorithm>
#include <set>

#include "tasks/mirror_fields.h"

namespace chela::tasks {
namespace {

void append_lines(std::string& notes, const std::string& lines) {
  if (!notes.empty() && notes.back() != '\n') notes += '\n';
  notes += lines + "\n";
}

std::string text_or(const json::value& document, const char* key, std::string otherwise) {
  auto text = get_string(document, key);
  return text.empty() ? std::move(otherwise) : text;
}

void put(json::object& object, const char* key, const std::optional<std::string>& value) {
  if (value) object[key] = *value;
}

}  // namespace

MirrorTask mirror_task_from(const json::value& document) {
  MirrorTask task;
  task.id = get_string(document, "id");
  task.key = get_string(document, "idempotency_key");
  task.title = get_string(document, "title");
  task.state = text_or(document, "state", task.state);
  task.priority = text_or(document, "priority", task.priority);
  task.needs = get_string(document, "needs");
  task.notes = get_string(document, "notes");
  task.is_derived = get_bool(document, "id_is_derived");
  const std::string updated = get_string(document, "updated");
  constexpr std::size_t kDay = 10;  // "2026-11-22"
  if (updated.size() <= kDay) return task;
  if (const auto at = base::parse_utc(updated))
    task.updated = std::chrono::floor<std::chrono::seconds>(*at);
  return task;
}

json::object to_json(const MirrorTask& task) {
  json::object document{{"id", task.id},       {"title", task.title},
                        {"state", task.state}, {"priority", task.priority},
                        {"needs", task.needs}, {"notes", task.notes}};
  if (!task.key.empty()) document["idempotency_key"] = task.key;
  if (task.is_derived) document["id_is_derived"] = true;
  if (task.updated) document["updated"] = base::format_utc(*task.updated);

  return document;
}

void set_fields(MirrorTask& task, const json::object& set) {
  const json::value document(set);
  if (const auto title = find_string(document, "title")) task.title = *title;
  if (const auto state = find_string(document, "state")) task.state = *state;
  if (const auto priority = find_string(document, "priority")) task.priority = *priority;
  if (const auto needs = find_string(document, "needs")) task.needs = *needs;
  if (const auto note = find_string(document, "note")) append_lines(task.notes, *note);
}

Result<std::vector<MirrorTask>> mirror_tasks_from(const json::value& reply) {
  const auto* list = find(reply, "tasks");
  if (list == nullptr || !list->is_array())
    return fail(ErrorCode::data_loss, "its list: wanted {\"tasks\": [..]}, found something else");
  std::vector<MirrorTask> tasks;
  std::set<std::string> ids;
  for (const auto& document : list->get_array()) {
    auto task = mirror_task_from(document);
    if (task.id.empty() || !ids.insert(task.id).second) {
      return fail(ErrorCode::data_loss, "its list: wanted tasks with an id of their own, found '" +
                                            task.title + "' with the id '" + task.id + "'");
    }
    tasks.push_back(std::move(task));
  }
  return tasks;
}

Result<Capabilities> capabilities_from(const json::value& reply) {
  Capabilities keeps;
  keeps.states = get_strings(reply, "states");
  keeps.priorities = get_strings(reply, "priorities");
  keeps.keeps_needs = get_bool(reply, "keeps_needs", true);
  keeps.keeps_notes = get_bool(reply, "keeps_notes", true);
  if (nearest_state("queue", keeps).empty() || nearest_state("done", keeps).empty()) {
    return fail(ErrorCode::data_loss,
                "its describe: wanted states of which one is open and one is closed, found " +
                    json::serialize(reply).substr(0, 200));
  }
  return keeps;
}

std::vector<TaskCall> calls_for(const MirrorOperation& operation) {
  json::object fields;
  put(fields, "title", operation.title);
  put(fields, "state", operation.state);
  put(fields, "priority", operation.priority);
  put(fields, "needs", operation.needs);
  std::vector<TaskCall> calls;
  if (operation.kind == MirrorOperation::Kind::create) {
    std::string notes;
    for (const auto& line : operation.notes) notes += line + "\n";
    fields["notes"] = notes;
    calls.push_back(
        {"create", json::object{{"task", std::move(fields)}, {"idempotency_key", operation.id}}});
    return calls;
  }
  json::object update{{"id", operation.id}, {"set", std::move(fields)}};
  if (!operation.notes.empty()) update["note"] = operation.notes.front();
  calls.push_back({"update", std::move(update)});
  for (std::size_t i = 1; i < operation.notes.size(); ++i)
    calls.push_back({"note", json::object{{"id", operation.id}, {"text", operation.notes[i]}}});
  return calls;
}

std::string describe(const MirrorOperation& operation, const std::string& backend,
                     const std::string& title) {
  const std::string quoted = "'" + title + "' in " + backend;
  if (operation.kind == MirrorOperation::Kind::create) return "creates " + quoted;
  std::string what;
  const auto add = [&](const std::string& text) { what += (what.empty() ? "" : ", ") + text; };
  const auto set = [&](const char* name, const std::optional<std::string>& value) {
    if (value) add(std::string("sets ") + name + " " + (value->empty() ? "to none" : *value));
  };
  set("title", operation.title);
  set("state", operation.state);
  set("priority", operation.priority);
  set("needs", operation.needs);
  if (operation.notes.size() == 1) add("adds a note");
  if (operation.notes.size() > 1) add("adds " + std::to_string(operation.notes.size()) + " notes");
  return what + ": " + quoted;
}

}  // namespace chela::tasks
