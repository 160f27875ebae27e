// Keeps tasks in Taskwarrior (2.6) through its program `task`; see README.md for the mapping.
//
// New tasks go in by `task import` (JSON, no quoting), changes by `task <uuid> modify` with nothing
// but what changes, so that what a person edits at the same time stays; only texts that the command
// line does not let through unharmed are imported, too. Nothing of a person's
// ~/.taskrc is read, no hook runs, and the short ids on his screen are never renumbered.
#include "chela/tasks.h"
#include "exec_json.h"
#include "mapping.h"

namespace chela::taskwarrior {
namespace {

using task_requests::Change;
using task_requests::NewTask;
using task_requests::wants;

bool is_project_name(std::string_view name) {
  return !name.starts_with('-') && name.find_first_not_of(
                                       "abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789._-") == std::string::npos;
}

json::object answer(const Task& task) {
  return task_requests::task_reply(task_document(task));
}

class TaskwarriorTasks : public Tasks {
 public:
  explicit TaskwarriorTasks(const Config& config)
      : data_(config.get("data")), project_(config.get("project", "agent")) {
    command_.words = {"task"};
    for (auto& word : base_words(data_)) command_.words.push_back(std::move(word));
    command_.folder = data_;
    command_.env = {{"TASKRC", "/dev/null"}};
    command_.timeout = config.duration("timeout", std::chrono::seconds(10));
    command_.max_output_bytes = 8u << 20;
  }

  Result<json::value> list(Host& host) override {
    CHELA_TRY(const auto states, task_requests::read_states(host.request()));
    std::vector<std::string> filter;
    if (!project_.empty()) filter = {"(", "project:" + project_, "or", "chela_id.any:", ")"};
    if (!wants(states, "done") && !wants(states, "cancelled"))
      filter.insert(filter.end(), {"(", "status:pending", "or", "status:waiting", ")"});
    CHELA_TRY(const auto found, find_all(host, std::move(filter)));
    json::array tasks;
    for (const auto& task : found) {
      if (belongs(task, project_) && wants(states, task.state()))
        tasks.push_back(task_document(task));
    }
    return json::object{{"tasks", std::move(tasks)}};
  }

  Result<json::value> get(Host& host) override {
    CHELA_TRY(const Task task, find_wanted(host));
    return answer(task);
  }

  Result<json::value> create(Host& host) override {
    CHELA_TRY(const NewTask task, task_requests::read_new_task(host.request()));
    CHELA_TRY(const auto same, find_key(host, task.key));
    if (!same.empty()) return task_requests::create_reply(task_document(same.front()), false);
    const std::string now = compact_time(host.clock().now());
    const json::array document = import_document(task, project_, now);
    CHELA_TRY(ask(host, {"import", "-"}, json::serialize(document)));
    CHELA_TRY(const auto made, find_key(host, task.key));
    if (made.empty())
      return fail(ErrorCode::aborted, "task import took '" + task.key + "', but it is not there");
    return task_requests::create_reply(task_document(made.front()), true);
  }

  Result<json::value> update(Host& host) override {
    CHELA_TRY(const Change wanted, task_requests::read_change(host.request()));
    return change(host, wanted);
  }

  Result<json::value> note(Host& host) override {
    CHELA_TRY(const Change wanted, task_requests::read_note(host.request()));
    return change(host, wanted);
  }

  // Taskwarrior's delete is our cancelled, and its purge works only together with renumbering the
  // short ids: so what is removed is deleted and carries a field that says it is nobody's.
  Result<json::value> remove(Host& host) override {
    CHELA_TRY(const Task task, find_wanted(host));
    CHELA_TRY(ask(host, {task.uuid, "modify", "status:deleted", "chela_removed:x"}));
    return json::object();
  }

  Result<json::value> describe(Host&) override {
    return json::object{{"states", {"queue", "in_progress", "blocked", "done", "cancelled"}},
                        {"priorities", {"none", "low", "medium", "high"}},
                        {"keeps_ids", true}};
  }

 private:
  // Runs `task`; its exit code other than 0 is an error in its own words.
  Result<exec_json::Answer> ask(Host& host, const std::vector<std::string>& words,
                                std::string input = {}) const {
    if (!data_.starts_with('/'))
      return fail(ErrorCode::invalid_argument,
                  "data: wanted an absolute path, found '" + data_ + "'");
    if (!is_project_name(project_)) {
      return fail(ErrorCode::invalid_argument,
                  "project: wanted letters, digits, '.', '_' and '-', found '" +
                      exec_json::printable(project_, 100) + "'");
    }
    CHELA_TRY(auto answer, exec_json::run(host, command_, words, std::move(input)));
    if (answer.exit_code == 0) return answer;
    const std::string said = exec_json::said(answer);
    if (said.find("data.location does not exist") != std::string::npos) {
      return fail(ErrorCode::failed_precondition,
                  data_ + " is not there: run `task` once, or set 'data' to your data.location");
    }
    return fail(ErrorCode::failed_precondition, "task said: " + said);
  }

  Result<std::vector<Task>> find_all(Host& host, std::vector<std::string> filter) const {
    filter.emplace_back("export");
    CHELA_TRY(const auto answer, ask(host, filter));
    CHELA_TRY(const auto exported, exec_json::read_json(answer, "task export"));
    return read_tasks(exported, compact_time(host.clock().now()));
  }

  Result<std::vector<Task>> find_key(Host& host, const std::string& key) const {
    CHELA_TRY(auto found, find_all(host, {"chela_id.is:" + key}));
    std::erase_if(found, [](const Task& task) { return task.is_removed; });
    return found;
  }

  Result<Task> find_wanted(Host& host) const {
    CHELA_TRY(const std::string id, task_requests::read_text(host.request(), "id"));
    const auto unknown = [&] {
      return fail(ErrorCode::not_found,
                  "no task has the id '" + exec_json::printable(id, 100) + "'");
    };
    // What is no id of ours would be read as part of a filter.
    if (!is_project_name(id)) return unknown();
    CHELA_TRY(auto found, find_all(host, {(is_uuid(id) ? "uuid:" : "chela_id.is:") + id}));
    std::erase_if(found, [&](const Task& task) { return !belongs(task, project_); });
    if (found.empty()) return unknown();
    return found.front();
  }

  Result<json::value> change(Host& host, const Change& wanted) const {
    CHELA_TRY(const Task task, find_wanted(host));
    auto words = modify_words(task, wanted);
    const bool adds_note = !wanted.note.empty() && wanted.note != task.last_note;
    // The texts first: where we are killed in between, the host asks again, and what is there is
    // not done twice.
    const json::array rewrite = rewritten(task, wanted, host.clock().now());
    if (words.empty() && !adds_note && rewrite.empty()) return answer(task);
    if (!rewrite.empty()) CHELA_TRY(ask(host, {"import", "-"}, json::serialize(rewrite)));
    if (adds_note && is_plain(wanted.note))
      CHELA_TRY(ask(host, {task.uuid, "annotate", "--", wanted.note}));
    if (!words.empty()) {
      words.insert(words.begin(), {task.uuid, "modify"});
      CHELA_TRY(ask(host, words));
    }
    CHELA_TRY(const auto after, find_all(host, {"uuid:" + task.uuid}));
    if (after.empty() || after.front().is_removed)
      return fail(ErrorCode::not_found, "somebody removed the task '" + task.id + "' meanwhile");
    return answer(after.front());
  }

  std::string data_;
  std::string project_;
  exec_json::Command command_;
};

}  // namespace
}  // namespace chela::taskwarrior

CHELA_TASKS(chela::taskwarrior::TaskwarriorTasks)
