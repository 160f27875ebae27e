// Keeps tasks in Apple Reminders through `remindctl` (0.3.x) on a Mac, mostly over ssh; see
// README.md for the mapping and the traps.
//
// Three lists are three states, a ticked reminder is done, and `chela:<id>` in the notes is how a
// task is found again. Its commands and texts are those of v0.3.3.
#include "chela/tasks.h"
#include "chela/time.h"
#include "program.h"

namespace chela::remindctl {
namespace {

using task_requests::Change;
using task_requests::NewTask;
using task_requests::wants;

std::string list_name(const Config& config, const char* setting, const char* column) {
  const std::string name = config.get(setting);
  return name.empty() ? config.get("list", "Agent") + " " + column : name;
}

ProgramSettings settings_of(const Config& config) {
  ProgramSettings settings;
  settings.command.words = config.strings("command");
  const std::string quoting = config.get("quote_for_shell", "auto");
  settings.command.is_quoted_for_shell =
      quoting == "always" || (quoting == "auto" && exec_json::is_remote(settings.command.words));
  settings.command.folder = config.get("folder");
  settings.command.timeout = config.duration("timeout", std::chrono::seconds(10));
  settings.list_names = {{"queue", list_name(config, "queue_list", "Queue")},
                         {"in_progress", list_name(config, "in_progress_list", "In Progress")},
                         {"blocked", list_name(config, "blocked_list", "Blocked")}};
  settings.creates_lists = config.get("create_lists", true);
  return settings;
}

json::object answer(const Seen& seen) {
  return task_requests::task_reply(task_document(seen));
}

class RemindctlTasks : public Tasks {
 public:
  explicit RemindctlTasks(const Config& config)
      : program_(settings_of(config)),
        has_alarm_(config.get("alarm", true)),
        note_lines_(static_cast<std::size_t>(config.get("note_lines", 20))) {}

  Result<json::value> list(Host& host) override {
    CHELA_TRY(const auto states, task_requests::read_states(host.request()));
    return with_lists<json::value>(host, [&]() -> Result<json::value> {
      CHELA_TRY(const auto all, scan(host, wants(states, "done") || wants(states, "cancelled")));
      json::array tasks;
      for (const auto& seen : all) {
        if (wants(states, seen.state)) tasks.push_back(task_document(seen));
      }
      return json::object{{"tasks", std::move(tasks)}};
    });
  }

  Result<json::value> get(Host& host) override {
    return with_lists<json::value>(host, [&]() -> Result<json::value> {
      CHELA_TRY(const Seen seen, find_wanted(host));
      return answer(seen);
    });
  }

  Result<json::value> create(Host& host) override {
    CHELA_TRY(const NewTask task, task_requests::read_new_task(host.request()));
    return with_lists<json::value>(host, [&]() -> Result<json::value> {
      // Completed ones as well: a task that is done already must not be made again.
      CHELA_TRY(const auto all, scan(host, true));
      for (const auto& seen : all) {
        if (seen.id != task.key) continue;
        return task_requests::create_reply(task_document(seen), false);
      }
      CHELA_TRY(Reminder made, program_.add(host, add_words(task, settings(), now(host))));
      if (task_requests::is_closed(task.state)) {
        CHELA_TRY(made, program_.complete(host, made.id));
      }
      CHELA_TRY(const Seen seen, named(std::move(made), task.key));
      return task_requests::create_reply(task_document(seen), true);
    });
  }

  Result<json::value> update(Host& host) override {
    CHELA_TRY(const Change wanted, task_requests::read_change(host.request()));
    return change(host, wanted);
  }

  Result<json::value> note(Host& host) override {
    CHELA_TRY(const Change wanted, task_requests::read_note(host.request()));
    return change(host, wanted);
  }

  Result<json::value> remove(Host& host) override {
    return with_lists<json::value>(host, [&]() -> Result<json::value> {
      CHELA_TRY(const Seen seen, find_wanted(host));
      CHELA_TRY(program_.remove(host, seen.reminder.id));
      known_.erase(seen.id);
      return json::object();
    });
  }

  Result<json::value> describe(Host&) override {
    return json::object{
        {"states", {"queue", "in_progress", "blocked", "done", "cancelled"}},
        {"priorities", {"none", "low", "medium", "high"}},
        {"keeps_ids", true},
        {"remarks",
         {"Reminders knows no cancelled: such a task is ticked, and only its notes say so.",
          "Notes keep their last " + std::to_string(note_lines_) + " lines.",
          "A task that needs a human is shown with priority high."}}};
  }

 private:
  EditSettings settings() const { return {program_.lists(), has_alarm_, note_lines_}; }
  static std::string now(const Host& host) { return format_utc(host.clock().now()); }

  // Makes the program ready and does `work`. Where a list is gone (EventKit's ids change with a
  // full sync) or the access was taken away, everything is looked at anew, the first time once
  // more.
  template <class T, class Work>
  Result<T> with_lists(Host& host, const Work& work) {
    for (bool is_first = true;; is_first = false) {
      CHELA_TRY(program_.make_ready(host));
      Result<T> done = work();
      if (done || done.error().code == ErrorCode::not_found) return done;
      program_.forget();
      known_.clear();
      if (done.error().code != ErrorCode::aborted || !is_first) return done;
    }
  }

  Result<std::vector<Seen>> scan(Host& host, bool with_completed) {
    std::vector<Reminder> reminders;
    for (const auto& [state, list_id] : program_.lists()) {
      CHELA_TRY(auto some, program_.show(host, list_id, with_completed));
      std::move(some.begin(), some.end(), std::back_inserter(reminders));
    }
    auto all = name_all(std::move(reminders), program_.lists());
    for (const auto& seen : all) known_[seen.id] = seen.reminder.id;
    return all;
  }

  // By the EventKit id of last time where that still is this task, else by looking through the
  // lists.
  Result<Seen> find_wanted(Host& host) {
    CHELA_TRY(const std::string id, task_requests::read_text(host.request(), "id"));
    const auto known = known_.find(id);
    if (known != known_.end()) {
      auto found = program_.info(host, known->second);
      if (!found && found.error().code != ErrorCode::not_found) return fail(found.error());
      if (found && (!found->mark || found->mark->id == id)) {
        auto seen = name_all({std::move(*found)}, program_.lists());
        if (seen.size() == 1 && seen.front().id == id) return std::move(seen.front());
      }
      known_.erase(known);
    }
    CHELA_TRY(const auto all, scan(host, true));
    for (const auto& seen : all) {
      if (seen.id == id) return seen;
    }
    return fail(ErrorCode::not_found, "no task has the id '" + exec_json::printable(id, 100) + "'");
  }

  Result<Seen> named(Reminder reminder, const std::string& id) {
    known_[id] = reminder.id;
    auto seen = name_all({std::move(reminder)}, program_.lists());
    if (seen.size() == 1 && seen.front().id == id) return std::move(seen.front());
    return fail(ErrorCode::data_loss,
                "remindctl said that it was done, but showed another reminder than '" + id + "'");
  }

  Result<json::value> change(Host& host, const Change& wanted) {
    return with_lists<json::value>(host, [&]() -> Result<json::value> {
      CHELA_TRY(Seen seen, find_wanted(host));
      const auto words = edit_words(seen, wanted, settings(), now(host));
      if (words.empty()) return answer(seen);
      const std::string id = seen.reminder.id;
      const bool is_tick = words.size() == 1 && words.front() == "--complete";
      CHELA_TRY(Reminder after,
                is_tick ? program_.complete(host, id) : program_.edit(host, id, words));
      CHELA_TRY(const Seen shown, named(std::move(after), seen.id));
      if (wanted.state && shown.state != *wanted.state) {
        return fail(ErrorCode::unavailable, "remindctl said that it was done, but '" + seen.id +
                                                "' is still " + shown.state);
      }
      return answer(shown);
    });
  }

  Program program_;
  bool has_alarm_;
  std::size_t note_lines_;
  std::map<std::string, std::string> known_;  // our id -> EventKit's, as last seen
};

}  // namespace
}  // namespace chela::remindctl

CHELA_TASKS(chela::remindctl::RemindctlTasks)
