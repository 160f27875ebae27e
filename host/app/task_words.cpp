#include "app/task_words.h"

namespace chela::app {
namespace {

void redact_members(json::object& object, std::initializer_list<std::string_view> names,
                    const services::RedactRules& rules) {
  for (const auto name : names) {
    auto* member = object.if_contains(name);
    if (member != nullptr && member->is_string())
      *member = json::string(rules.redact(member->get_string(), services::Reader::model));
  }
}

}  // namespace

void redact_words(json::value& request, const services::RedactRules& rules) {
  auto* object = request.if_object();
  if (object == nullptr) return;
  redact_members(*object, {"note", "text"}, rules);
  for (const char* part : {"task", "set"}) {
    auto* inner = object->if_contains(part);
    if (inner != nullptr && inner->is_object())
      redact_members(inner->get_object(), {"title", "notes"}, rules);
  }
}

void redact_titles(json::value& reply, const services::RedactRules& rules) {
  auto* list = reply.is_object() ? reply.get_object().if_contains("tasks") : nullptr;
  if (list == nullptr || !list->is_array() || rules.values().is_empty()) return;
  for (auto& task : list->get_array()) {
    auto* title = task.is_object() ? task.get_object().if_contains("title") : nullptr;
    if (title != nullptr && title->is_string())
      *title = json::string(rules.redact_values(title->get_string()));
  }
}

}  // namespace chela::app
