// The documents of chela.tasks/1 as the merge's values, and its operations as calls. Pure
// functions.
#pragma once

#include <string>
#include <vector>

#include "chela/json.h"
#include "chela/result.h"
#include "tasks/mirror.h"

namespace chela::tasks {

// One task document; what is missing or of the wrong type is left at its default. An `updated` of a
// day alone does not count: it would tell a time of 00:00. Of others whole seconds count.
MirrorTask mirror_task_from(const json::value& document);

// What mirror_task_from reads back.
json::object to_json(const MirrorTask& task);

// Takes over the members of a `set`, and appends the lines of "note".
void set_fields(MirrorTask& task, const json::object& set);

// A `list` reply. data_loss where it is none, or where two tasks have one id: what is not there
// would count as removed.
Result<std::vector<MirrorTask>> mirror_tasks_from(const json::value& reply);

// A `describe` reply; data_loss where it names no open or no closed state.
Result<Capabilities> capabilities_from(const json::value& reply);

struct TaskCall {
  std::string op;
  json::value request;
};

// The calls that do `operation`, in this order. All are safe to repeat. An update with several
// notes is several calls; the reply of the last shows the task.
std::vector<TaskCall> calls_for(const MirrorOperation& operation);

// "creates 'Rotate the API keys' in reminders", "sets state done, adds a note to 'Rotate ...' in
// tasks-md". Foreign text, not neutralised.
std::string describe(const MirrorOperation& operation, const std::string& backend,
                     const std::string& title);

}  // namespace chela::tasks
