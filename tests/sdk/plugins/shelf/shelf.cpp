// A task backend in memory, which shows the documents of chela.tasks/1 in their smallest form.
#include <chela/tasks.h>

#include <map>

using chela::ErrorCode;
using chela::fail;
using chela::Host;
using chela::Result;
namespace json = chela::json;

class Shelf : public chela::Tasks {
 public:
  Result<json::value> list(Host& host) override {
    const auto states = chela::get_strings(host.request(), "states");
    json::array tasks;
    for (const auto& [id, task] : tasks_) {
      const auto state = chela::get_string(task, "state");
      if (states.empty() || std::find(states.begin(), states.end(), state) != states.end())
        tasks.push_back(task);
    }
    return json::object{{"tasks", tasks}};
  }

  Result<json::value> get(Host& host) override {
    CHELA_TRY(const auto task, task_of(host));
    return json::object{{"task", *task}};
  }

  Result<json::value> create(Host& host) override {
    const std::string key = chela::get_string(host.request(), "idempotency_key");
    const bool is_new = !tasks_.contains(key);
    if (is_new) {
      tasks_[key] = {{"id", key},
                     {"title", chela::get_string(*chela::find(host.request(), "task"), "title")},
                     {"state", "queue"},
                     {"idempotency_key", key}};
    }
    return json::object{{"task", tasks_[key]}, {"created", is_new}};
  }

  Result<json::value> update(Host& host) override {
    CHELA_TRY(const auto task, task_of(host));
    for (const auto& [name, value] : chela::find(host.request(), "set")->as_object())
      (*task)[name] = value;
    return json::object{{"task", *task}};
  }

  Result<json::value> note(Host& host) override {
    CHELA_TRY(const auto task, task_of(host));
    (*task)["notes"] = json::array({chela::get_string(host.request(), "text")});
    return json::object{{"task", *task}};
  }

  Result<json::value> remove(Host& host) override {
    CHELA_TRY(const auto task, task_of(host));
    tasks_.erase(chela::get_string(*task, "id"));
    return json::object{};
  }

  Result<json::value> describe(Host&) override {
    return json::object{
        {"states", {"queue", "done"}}, {"priorities", json::array()}, {"keeps_ids", true}};
  }

 private:
  Result<json::object*> task_of(Host& host) {
    const auto id = chela::get_string(host.request(), "id");
    const auto found = tasks_.find(id);
    if (found == tasks_.end()) return fail(ErrorCode::not_found, "no task '" + id + "'");
    return &found->second;
  }

  std::map<std::string, json::object> tasks_;
};

CHELA_TASKS(Shelf)
