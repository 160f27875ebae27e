#include "documents.h"

#include "chela/utf8.h"

namespace chela::markdown {
namespace {

tl::unexpected<Error> refuse(const std::string& where, const std::string& wanted,
                             const json::value& found) {
  return fail(ErrorCode::invalid_argument,
              where + ": wanted " + wanted + ", found " +
                  replace_invalid_utf8(json::serialize(found).substr(0, 100)));
}

Result<State> read_state(const json::value& value, const std::string& where) {
  if (value.is_string()) {
    if (const auto state = parse_state(std::string_view(value.get_string()))) return *state;
  }
  return refuse(where, "one of queue, in_progress, blocked, done, cancelled", value);
}

// The text member `name` of `object`, or `otherwise` where it is absent.
Result<std::string> text_or(const json::value& object, std::string_view name,
                            std::string_view otherwise, const std::string& where) {
  const auto* member = find(object, name);
  if (member == nullptr || member->is_null()) return std::string(otherwise);
  if (!member->is_string()) return refuse(where + std::string(name), "text", *member);
  return std::string(member->get_string());
}

}  // namespace

json::object task_document(const Task& task) {
  const auto text = [](std::string_view bytes) { return json::value(replace_invalid_utf8(bytes)); };
  json::object document{{"id", text(task.handle)},
                        {"title", text(task.title)},
                        {"state", to_string(task.state)},
                        {"priority", text(task.priority)},
                        {"needs", text(task.needs)},
                        {"notes", text(task.notes)},
                        {"created", text(task.created)},
                        {"updated", text(task.updated)},
                        {"completion", text(task.completion)},
                        {"owner", text(task.owner)}};
  if (task.id != task.handle) document["id_is_derived"] = true;
  return document;
}

Result<std::vector<State>> read_states(const json::value& request) {
  const auto* states = find(request, "states");
  if (states == nullptr || states->is_null()) {
    return std::vector<State>{State::queue, State::in_progress, State::blocked, State::done,
                              State::cancelled};
  }
  if (!states->is_array()) return refuse("states", "a list", *states);
  std::vector<State> wanted;
  for (const auto& name : states->get_array()) {
    CHELA_TRY(const State state, read_state(name, "states"));
    wanted.push_back(state);
  }
  return wanted;
}

Result<NewTask> read_new_task(const json::value& request) {
  const auto* document = find(request, "task");
  if (document == nullptr || !document->is_object()) return refuse("task", "an object", request);
  NewTask task;
  CHELA_TRY(task.id, text_or(request, "idempotency_key", "", ""));
  CHELA_TRY(task.title, read_text(*document, "title"));
  if (const auto* state = find(*document, "state")) {
    CHELA_TRY(task.state, read_state(*state, "task.state"));
  }
  CHELA_TRY(task.priority, text_or(*document, "priority", "none", "task."));
  CHELA_TRY(task.needs, text_or(*document, "needs", "", "task."));
  CHELA_TRY(task.owner, text_or(*document, "owner", "", "task."));
  CHELA_TRY(task.notes, text_or(*document, "notes", "", "task."));
  return task;
}

Result<Change> read_change(const json::value& request) {
  Change change;
  CHELA_TRY(change.note, text_or(request, "note", "", ""));
  const auto* set = find(request, "set");
  if (set == nullptr || set->is_null()) return change;
  if (!set->is_object()) return refuse("set", "an object", *set);
  for (const auto& [key, value] : set->get_object()) {
    const std::string name(key);
    if (name == "state") {
      CHELA_TRY(change.state, read_state(value, "set.state"));
      continue;
    }
    std::optional<std::string>* member = name == "priority" ? &change.priority
                                         : name == "needs"  ? &change.needs
                                         : name == "title"  ? &change.title
                                         : name == "owner"  ? &change.owner
                                                            : nullptr;
    if (member == nullptr)
      return refuse("set", "state, priority, needs, title or owner", json::value(name));
    if (!value.is_string()) return refuse("set." + name, "text", value);
    *member = std::string(value.get_string());
  }
  return change;
}

Result<std::string> read_text(const json::value& request, std::string_view name) {
  const auto* member = find(request, name);
  if (member != nullptr && member->is_string() && !member->get_string().empty()) {
    return std::string(member->get_string());
  }
  return refuse(std::string(name), "text", member == nullptr ? json::value() : *member);
}

}  // namespace chela::markdown
