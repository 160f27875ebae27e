// Between the documents of chela.tasks/1 and the tasks of a file.
#pragma once

#include <string>
#include <vector>

#include "chela/duration.h"
#include "chela/json.h"
#include "edit.h"

namespace chela::markdown {

// {"id","title","state","priority","needs","notes","created","updated","completion","owner"}, all
// text; bytes that are not UTF-8 become U+FFFD.
json::object task_document(const Task& task);

// {"states":["queue","done"]}; all five where absent. invalid_argument names an unknown state.
Result<std::vector<State>> read_states(const json::value& request);

// {"task":{"title",..},"idempotency_key":"k3f9q2"}; without a key the id stays empty.
Result<NewTask> read_new_task(const json::value& request);

// {"set":{"state","priority","needs","title","owner"},"note"}; invalid_argument names an unknown
// member.
Result<Change> read_change(const json::value& request);

// The text member `name` of a request; invalid_argument where it is missing, empty or no text.
Result<std::string> read_text(const json::value& request, std::string_view name);

}  // namespace chela::markdown
