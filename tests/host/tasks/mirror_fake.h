// A task backend in memory, with the habits that backends have: it rounds, decorates and drops.
#pragma once

#include <map>
#include <random>
#include <string>
#include <vector>

#include "tasks/mirror.h"
#include "tasks/mirror_fields.h"

namespace chela::tasks {

struct FakeTaskBackend {
  std::string prefix;  // of its ids
  Capabilities keeps{};
  bool has_times = false;   // says `updated`
  bool shows_keys = true;   // says the idempotency key
  std::string note_mark{};  // put in front of each note
  std::map<std::string, MirrorTask> tasks{};
  int next_id = 1;

  std::vector<MirrorTask> list() const {
    std::vector<MirrorTask> all;
    for (const auto& [id, task] : tasks) all.push_back(shown(task));
    return all;
  }

  MirrorReply apply(const MirrorOperation& operation, Timestamp now) {
    MirrorTask* task = nullptr;
    if (operation.kind == MirrorOperation::Kind::create) {
      for (auto& [id, other] : tasks)
        if (other.key == operation.id) return {shown(other), false};
      task = &add(operation.id);
    } else {
      task = &tasks.at(operation.id);
    }
    if (operation.title) task->title = *operation.title;
    if (operation.state) task->state = nearest_state(*operation.state, keeps);
    if (operation.priority && !keeps.priorities.empty())
      task->priority = nearest_priority(*operation.priority, keeps);
    if (operation.needs && keeps.keeps_needs) task->needs = *operation.needs;
    for (const auto& note : operation.notes) add_note(*task, note);
    if (has_times) task->updated = now;
    return shown(*task);
  }

  MirrorTask& add(const std::string& key) {
    const auto id = prefix + std::to_string(next_id++);
    auto& task = tasks[id];
    task.id = id;
    task.key = key;
    return task;
  }

  void add_note(MirrorTask& task, const std::string& note) const {
    if (keeps.keeps_notes) task.notes += note_mark + note + "\n";
  }

 private:
  MirrorTask shown(MirrorTask task) const {
    if (!shows_keys) task.key.clear();
    return task;
  }
};

}  // namespace chela::tasks
