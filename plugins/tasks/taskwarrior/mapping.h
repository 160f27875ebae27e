// Between Taskwarrior's tasks and the documents of chela.tasks/1. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chela/json.h"
#include "task_requests.h"

namespace chela::taskwarrior {

// One task as `task export` shows it, taken apart.
struct Task {
  std::string uuid;
  std::string id;      // ours where it has one, else the uuid
  std::string status;  // pending, completed, deleted, recurring; waiting before 2.6
  std::string title, priority, needs, notes, owner, project;
  std::string created, updated, completed, due;  // RFC 3339, empty where absent
  std::string last_note, last_note_entry;        // its time as "20261122T054011Z"
  bool is_started = false;
  bool has_blocked_tag = false;
  bool is_waiting = false;  // put off by a person until a time that has not come
  bool has_end = false;
  bool is_removed = false;  // by us: deleted, and nobody's any more
  json::object exported;    // the whole

  // queue, in_progress, blocked, done, cancelled; "" for the template of a recurring task.
  std::string state() const;
};

// data_loss where `exported` is not what `task export` gives. `now` as "20261122T054011Z".
Result<Task> read_task(const json::value& exported, std::string_view now);
Result<std::vector<Task>> read_tasks(const json::value& exported, std::string_view now);

json::object task_document(const Task& task);

// Whether the task is ours to list: in `project` or below it, or made by us, and not removed. "" =
// every task.
bool belongs(const Task& task, std::string_view project);

// What `task import` reads, one task. The uuid is derived from the key, so that the same key can
// never make two tasks. Times are "20261122T054011Z".
json::array import_document(const task_requests::NewTask& task, std::string_view project,
                            std::string_view now);

// The words behind `task <uuid> modify`; empty where nothing changes. Only what changes is named,
// so that what a person edits meanwhile stays. A title stands behind "--", where nothing is a
// command; texts that are not is_plain() are left out.
std::vector<std::string> modify_words(const Task& task, const task_requests::Change& change);

// Whether `text` comes through Taskwarrior's command line as it is. Backslashes and quotes do not:
// 2.6 takes some of them away, and "--" alone ends the words.
bool is_plain(std::string_view text);

// The texts of `change` that are not plain, as a whole task for `task import`; empty where there
// are none. The note's time is `now`, or the first second behind the last note.
json::array rewritten(const Task& task, const task_requests::Change& change, Timestamp now);

// The uuid of the task with this key.
std::string uuid_of_key(std::string_view key);

// Whether `text` has the shape of a uuid.
bool is_uuid(std::string_view text);

// "20261122T054011Z" of "2026-11-22T05:40:11Z".
std::string compact_time(std::string_view rfc3339);
std::string compact_time(Timestamp time);

// The words that every call begins with: no settings of the person, no hooks, no questions, no
// renumbering of the short ids that a person has on the screen.
std::vector<std::string> base_words(const std::string& data);

}  // namespace chela::taskwarrior
