// `chela task ...`: the tasks as the backend keeps them.
#include <cstdio>

#include "app/control.h"
#include "base/ids.h"

#include "base/text.h"
#include "cli/backends.h"
#include "cli/output.h"
#include "cli/session.h"

namespace chela::cli {
namespace {

using What = TaskCommand::What;

constexpr Duration kWakeWithin = std::chrono::seconds(2);

struct Operation {
  std::string op;
  json::object request;
};

Operation operation_of(const TaskCommand& command) {
  json::object set;
  switch (command.what) {
    case What::list: {
      json::object request;
      if (!command.states.empty()) {
        json::array states;
        for (const auto& state : command.states) states.emplace_back(state);
        request["states"] = std::move(states);
      }
      return {"list", std::move(request)};
    }
    case What::add: {
      json::object task{{"title", command.text}, {"state", "queue"}};
      if (!command.priority.empty()) task["priority"] = command.priority;
      if (command.needs_human) task["needs"] = "human";
      return {"create", {{"task", std::move(task)}, {"idempotency_key", base::random_id()}}};
    }
    case What::note:
      return {"note", {{"id", command.id}, {"text", command.text}}};
    case What::start:
      set["state"] = "in_progress";
      break;
    case What::done:
      set["state"] = "done";
      break;
    case What::block:
      set["state"] = "blocked";
      if (command.needs_human) set["needs"] = "human";
      break;
  }
  json::object request{{"id", command.id}, {"set", std::move(set)}};
  if (!command.text.empty()) request["note"] = command.text;
  return {"update", std::move(request)};
}

void print_tasks(const json::value& reply) {
  const auto* list = find(reply, "tasks");
  std::vector<std::vector<std::string>> rows{{"ID", "STATE", "PRIORITY", "NEEDS", "TITLE"}};
  if (list != nullptr && list->is_array()) {
    for (const auto& task : list->get_array()) {
      const auto cell = [&](const char* key) {
        const std::string text = base::printable(get_string(task, key), 200);
        return text.empty() ? std::string("-") : text;
      };
      rows.push_back({cell("id"), cell("state"), cell("priority"), cell("needs"), cell("title")});
    }
  }
  if (rows.size() == 1) {
    std::printf("no tasks\n");
    return;
  }
  print_table(rows);
}

}  // namespace

int run_task(const Global& global, const TaskCommand& command) {
  auto session = open_session(global);
  if (!session) return report(session.error());
  auto& engine = *(*session)->engine;
  auto operation = operation_of(command);
  json::value request = std::move(operation.request);
  if (!command.backend.empty()) {
    const auto known = check_backend(engine.setup(), command.backend);
    if (!known) return report(known.error());
  }
  const auto reply =
      command.backend.empty()
          ? wait_for(engine, engine.task(operation.op, std::move(request)))
          : wait_for(engine, engine.ask_backend(command.backend, operation.op, std::move(request)));
  for (const auto& remark : engine.take_remarks())
    std::fprintf(stderr, "chela: %s\n", remark.c_str());
  if (!reply) return report(reply.error());
  // The daemon, where one runs, carries it over to the mirrors at once.
  if (command.what != What::list && !engine.mirrors().empty())
    (void)app::ask_daemon(engine.setup().workspace_state_dir(), {{"command", "wake"}}, kWakeWithin);

  if (global.json) {
    print_json(*reply);
    return kOk;
  }
  if (command.what == What::list) {
    print_tasks(*reply);
    return kOk;
  }
  const auto* task = find(*reply, "task");
  if (task != nullptr) {
    std::printf("%s  %s  %s\n", get_string(*task, "id").c_str(), get_string(*task, "state").c_str(),
                base::printable(get_string(*task, "title"), 300).c_str());
  }
  return kOk;
}

}  // namespace chela::cli
