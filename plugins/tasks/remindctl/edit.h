// What a change means for a reminder: the document before and after, and the words of `remindctl
// edit`. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "reminder.h"
#include "task_requests.h"

namespace chela::remindctl {

// The lists by state: queue, in_progress, blocked.
using ListIds = std::map<std::string, std::string>;

// A reminder as a task.
struct Seen {
  Reminder reminder;
  std::string id;  // ours
  std::string state, priority, needs;
};

// Names each reminder of the three lists. Two with one mark (somebody copied a reminder): the older
// one keeps it, the other goes by its derived id. Reminders of other lists are left out.
std::vector<Seen> name_all(std::vector<Reminder> reminders, const ListIds& lists);

json::object task_document(const Seen& seen);

struct EditSettings {
  ListIds lists;
  bool has_alarm = true;
  std::size_t note_lines = 20;
};

// The words behind `remindctl edit <id>`; empty where nothing changes. `now` is RFC 3339.
std::vector<std::string> edit_words(const Seen& seen, const task_requests::Change& change,
                                    const EditSettings& settings, const std::string& now);

// The words behind `remindctl add` for a task with a key; done and cancelled ones are still open
// then and wait for an edit.
std::vector<std::string> add_words(const task_requests::NewTask& task, const EditSettings& settings,
                                   const std::string& now);

}  // namespace chela::remindctl
