#include "heartbeat/rules.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>

#include "heartbeat/wording.h"

namespace chela::heartbeat {
namespace {

using tasks::AlertId;
using tasks::AlertRow;
using tasks::OutboxKind;
using tasks::OutboxRow;
using tasks::Severity;
using tasks::TaskRow;

constexpr int kHigh = 2;
constexpr std::size_t kMostLinesOfMessage = 100;

// What wants one task: a condition, or all that a first run found.
struct Wanted {
  std::vector<const Opened*> alerts;  // the worst first
  bool is_baseline = false;
};

// What happens to one existing task in this tick.
struct TaskUpdate {
  std::vector<std::string> notes;
  bool close = false;
  bool raise = false;  // priority high from now on
  bool needs_human = false;
};

AlertId id_of(const AlertRow& alert) {
  return {alert.check, alert.key};
}

bool is_worse(const Opened* a, const Opened* b) {
  const auto rank = [](const Opened* opened) {
    const AlertRow& alert = opened->alert;
    return std::make_tuple(-static_cast<int>(alert.severity), !alert.needs_human,
                           std::string_view(alert.check), std::string_view(alert.key));
  };
  return rank(a) < rank(b);
}

// 0 low, 1 medium, kHigh.
int priority_of(const Opened& opened) {
  if (opened.alert.needs_human) return kHigh;
  if (opened.task && opened.task->priority == "high") return kHigh;
  if (opened.task && opened.task->priority == "medium") return 1;
  if (opened.task && opened.task->priority == "low") return 0;
  return static_cast<int>(opened.alert.severity);
}

template <class Row>
void append(std::vector<Row>& to, const std::vector<Row>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

std::string_view to_string(SayKind kind) {
  constexpr std::string_view kNames[] = {"opened",   "worse", "reminder",
                                         "flapping", "event", "recovered"};
  return kNames[static_cast<std::size_t>(kind)];
}

// Collects one tick's actions; lives for one call of decide().
class Decision {
 public:
  Decision(const Known& known, Timestamp now, const IdSource& next_id)
      : known_(known), now_(now), next_id_(next_id) {
    for (const auto& task : known.tasks) {
      tasks_[task.id] = &task;
      used_ids_.insert(task.id);
      if (task.closed) continue;
      for (const auto& id : task.keys) task_of_[id] = task.id;
    }
    for (const auto& alert : known.alerts) {
      used_ids_.insert(alert.task_id);
      open_in_task_[alert.task_id].insert(id_of(alert));
    }
  }

  Actions run(const std::vector<AlertChanges>& changes) {
    for (const auto& change : changes) take_known(change);
    actions_.lines.insert(actions_.lines.end(), known_.news.begin(), known_.news.end());
    open_tasks(wanted_by(changes));
    for (const auto& change : changes) {
      for (const auto& recovered : change.recovered) recover(recovered);
    }
    close_tasks();
    write_updates();
    write_lines();
    return std::move(actions_);
  }

 private:
  // Everything but opening and closing: what is still open, events, what to remember.
  void take_known(const AlertChanges& change) {
    for (const auto& still : change.still_open) {
      actions_.record.alerts.push_back(still.alert);
      say_again(still);
    }
    auto& record = actions_.record;
    append(record.seen, change.seen);
    append(record.conditions, change.conditions);
    append(record.forgotten, change.forgotten);
    append(record.unmuted, change.unmuted);
    if (change.is_baseline) return;
    for (const auto& event : change.new_events) {
      say(event.severity, SayKind::event, {change.check, event.key},
          event_line(change.check, event));
      actions_.lines.back().not_before = change.events_held_until;
    }
  }

  void say_again(const StillOpen& still) {
    const AlertRow& alert = still.alert;
    switch (still.again) {
      case Again::no:
        return;
      case Again::worse:
        return worsen(alert);
      case Again::flapping:
        return say(alert.severity, SayKind::flapping, id_of(alert), flapping_line(alert));
      case Again::reminder:
      case Again::after_snooze:
        return say(alert.severity, SayKind::reminder, id_of(alert), reminder_line(still));
    }
  }

  void worsen(const AlertRow& alert) {
    say(alert.severity, SayKind::worse, id_of(alert), worse_line(alert));
    if (!has_open_task(alert)) return;
    auto& update = updates_[alert.task_id];
    update.notes.push_back("now " + std::string(tasks::to_string(alert.severity)) + ": " +
                           alert.title);
    update.raise = update.raise || alert.severity == Severity::crit || alert.needs_human;
    update.needs_human = update.needs_human || alert.needs_human;
  }

  // The tasks this tick would like to open; conditions whose task is open already join it at once.
  std::vector<Wanted> wanted_by(const std::vector<AlertChanges>& changes) {
    std::vector<Wanted> all;
    for (const auto& change : changes) {
      Wanted together;
      for (const auto& opened : change.opened) {
        waiting_[opened.alert.check] = change.waiting;
        if (rejoin(opened)) continue;
        together.alerts.push_back(&opened);
      }
      std::sort(together.alerts.begin(), together.alerts.end(), is_worse);
      together.is_baseline = change.is_baseline && together.alerts.size() > 1;
      if (together.is_baseline) {
        all.push_back(std::move(together));
        continue;
      }
      for (const auto* opened : together.alerts) all.push_back({{opened}, false});
    }
    std::sort(all.begin(), all.end(), [](const Wanted& a, const Wanted& b) {
      return is_worse(a.alerts.front(), b.alerts.front());
    });
    return all;
  }

  bool rejoin(const Opened& opened) {
    const auto task = task_of_.find(id_of(opened.alert));
    if (task == task_of_.end()) return false;
    store(opened, task->second);
    say_opened(opened, task->second);
    auto& update = updates_[task->second];
    update.notes.push_back("open again: " + opened.alert.title);
    update.raise = update.raise || priority_of(opened) == kHigh;
    update.needs_human = update.needs_human || opened.alert.needs_human;
    return true;
  }

  void open_tasks(const std::vector<Wanted>& all) {
    const bool must_fold = all.size() > kTasksPerTick;
    const std::size_t alone = must_fold ? kTasksPerTick - 1 : all.size();
    for (std::size_t i = 0; i < alone; ++i) {
      const auto task_id = all[i].is_baseline
                               ? open_shared(all[i].alerts, "findings at the first run",
                                             "Found when " + all[i].alerts.front()->alert.check +
                                                 " ran for the first time:")
                               : open_single(*all[i].alerts.front());
      say_wanted(all[i], task_id);
    }
    if (!must_fold) return;
    std::vector<const Opened*> rest;
    for (std::size_t i = alone; i < all.size(); ++i) {
      rest.insert(rest.end(), all[i].alerts.begin(), all[i].alerts.end());
    }
    std::sort(rest.begin(), rest.end(), is_worse);
    const auto task_id = open_shared(rest, "more findings",
                                     "Found in one tick, folded so as not to flood the list:");
    for (std::size_t i = alone; i < all.size(); ++i) say_wanted(all[i], task_id);
  }

  std::string open_single(const Opened& opened) {
    const bool has_title = opened.task && !opened.task->title.empty();
    return create({&opened}, has_title ? opened.task->title : opened.alert.title,
                  task_notes(opened.alert));
  }

  std::string open_shared(const std::vector<const Opened*>& alerts, std::string_view what,
                          const std::string& why) {
    return create(alerts, shared_task_title(what, alerts), shared_task_notes(why, alerts));
  }

  std::string create(const std::vector<const Opened*>& alerts, const std::string& title,
                     const std::string& notes) {
    constexpr const char* kPriorities[] = {"low", "medium", "high"};
    TaskRow task{fresh_id(), known_.task_backend, title, "queue", false, now_, {}};
    int priority = 0;
    bool needs_human = false;
    json::array keys;
    for (const auto* opened : alerts) {
      priority = std::max(priority, priority_of(*opened));
      needs_human = needs_human || opened->alert.needs_human;
      keys.emplace_back(finding_name(opened->alert));
      task.keys.push_back(id_of(opened->alert));
      store(*opened, task.id);
    }
    owe(OutboxKind::create_task, known_.task_backend, task.id,
        json::object{{"id", task.id},
                     {"title", title},
                     {"priority", kPriorities[priority]},
                     {"needs_human", needs_human},
                     {"notes", notes},
                     {"keys", std::move(keys)}});
    actions_.record.tasks.push_back(task);
    return task.id;
  }

  void store(const Opened& opened, const std::string& task_id) {
    AlertRow alert = opened.alert;
    alert.task_id = task_id;
    open_in_task_[task_id].insert(id_of(alert));
    actions_.record.alerts.push_back(std::move(alert));
  }

  void recover(const Recovered& recovered) {
    const AlertRow& alert = recovered.alert;
    actions_.record.recovered.push_back(id_of(alert));
    say(Severity::info, SayKind::recovered, id_of(alert), recovered_line(recovered));
    actions_.lines.back().worst = alert.worst;
    actions_.lines.back().last_said = alert.last_said;
    open_in_task_[alert.task_id].erase(id_of(alert));
    if (!has_open_task(alert)) return;
    const auto task = tasks_.find(alert.task_id);
    const bool is_shared = task != tasks_.end() && task->second->keys.size() > 1;
    updates_[alert.task_id].notes.push_back(recovery_note(recovered, is_shared));
    recovering_.insert(alert.task_id);
  }

  void close_tasks() {
    for (const auto& id : recovering_) {
      if (!open_in_task_[id].empty()) continue;
      updates_[id].close = true;
      const auto task = tasks_.find(id);
      TaskRow row = task != tasks_.end()
                        ? *task->second
                        : TaskRow{id, known_.task_backend, "", "", false, now_, {}};
      row.state = "done";
      row.closed = true;
      row.updated_at = now_;
      actions_.record.tasks.push_back(std::move(row));
    }
  }

  void write_updates() {
    for (const auto& [id, update] : updates_) {
      json::object payload{
          {"id", id}, {"notes", json::value_from(update.notes)}, {"close", update.close}};
      if (update.raise) payload["priority"] = "high";
      if (update.needs_human) payload["needs_human"] = true;
      const auto task = tasks_.find(id);
      owe(OutboxKind::update_task,
          task == tasks_.end() ? known_.task_backend : task->second->backend, id, payload);
    }
  }

  void say_wanted(const Wanted& wanted, const std::string& task_id) {
    if (!wanted.is_baseline) return say_opened(*wanted.alerts.front(), task_id);
    const AlertRow& worst = wanted.alerts.front()->alert;
    say(worst.severity, SayKind::opened, {worst.check, ""},
        baseline_line(worst.check, wanted.alerts, task_id));
  }

  void say_opened(const Opened& opened, const std::string& task_id) {
    AlertRow alert = opened.alert;
    alert.task_id = task_id;
    say(alert.severity, SayKind::opened, id_of(alert), opened_line(alert, waiting_[alert.check]));
  }

  void say(Severity severity, SayKind kind, const AlertId& id, std::string text) {
    actions_.lines.push_back({severity, kind, id.check, id.key, std::move(text)});
  }

  void write_lines() {
    auto& lines = actions_.lines;
    if (lines.empty()) return;
    const auto rank = [](const SayLine& line) {
      return std::make_tuple(-static_cast<int>(line.severity), line.kind,
                             std::string_view(line.check), std::string_view(line.key));
    };
    std::stable_sort(lines.begin(), lines.end(),
                     [&](const SayLine& a, const SayLine& b) { return rank(a) < rank(b); });
    std::map<Timestamp, json::array> plain;
    for (const auto& line : lines) plain[line.not_before.value_or(now_)].push_back(to_json(line));
    for (auto& [at, texts] : plain) owe_lines("", at, std::move(texts));
    for (const auto& notifier : known_.notifiers) {
      std::map<Timestamp, json::array> by_time;
      for (const auto& line : lines) {
        if (const auto at = send_at(notifier, line, now_)) by_time[*at].push_back(to_json(line));
      }
      for (auto& [at, texts] : by_time) {
        if (at <= now_ || !join(notifier.id, at, texts))
          owe_lines(notifier.id, at, std::move(texts));
      }
    }
  }

  static json::object to_json(const SayLine& line) {
    return {{"severity", tasks::to_string(line.severity)},
            {"kind", to_string(line.kind)},
            {"check", line.check},
            {"key", line.key},
            {"text", line.text}};
  }

  void owe_lines(const std::string& target, Timestamp at, json::array texts) {
    // Two ids' worth of randomness, and never equal to a task's.
    owe(OutboxKind::say, target, "",
        json::object{{"message_id", fresh_id() + fresh_id()}, {"lines", std::move(texts)}}, at);
  }

  // Puts lines into the newest message of that notifier that waits anyway, but not past `at`: what
  // is said later of a finding stands behind what was said before.
  // Only the ledger knows whether it still waits when this is committed.
  bool join(const std::string& target, Timestamp at, const json::array& texts) {
    const OutboxRow* waiting = nullptr;
    for (const auto& row : known_.outbox) {
      const bool fits = row.kind == OutboxKind::say && row.target == target && row.attempts == 0 &&
                        row.not_before > now_ && row.not_before <= at;
      if (fits && (waiting == nullptr || row.id > waiting->id)) waiting = &row;
    }
    const auto payload =
        waiting == nullptr ? Result<json::value>(json::value()) : parse_json(waiting->payload);
    const auto* lines = payload ? find(*payload, "lines") : nullptr;
    const bool has_room = lines != nullptr && lines->is_array() &&
                          lines->get_array().size() + texts.size() <= kMostLinesOfMessage;
    if (!has_room) return false;
    json::array all = lines->get_array();
    all.insert(all.end(), texts.begin(), texts.end());
    tasks::OutboxJoin joined;
    joined.id = waiting->id;
    joined.expected = waiting->payload;
    joined.payload = json::serialize(json::object{
        {"message_id", get_string(*payload, "message_id")}, {"lines", std::move(all)}});
    joined.alone =
        row_of(OutboxKind::say, target, "",
               json::object{{"message_id", fresh_id() + fresh_id()}, {"lines", texts}}, at);
    actions_.record.joined.push_back(std::move(joined));
    return true;
  }

  void owe(OutboxKind kind, const std::string& target, const std::string& task_id,
           const json::object& payload) {
    owe(kind, target, task_id, payload, now_);
  }
  void owe(OutboxKind kind, const std::string& target, const std::string& task_id,
           const json::object& payload, Timestamp not_before) {
    actions_.record.outbox.push_back(row_of(kind, target, task_id, payload, not_before));
  }
  OutboxRow row_of(OutboxKind kind, const std::string& target, const std::string& task_id,
                   const json::object& payload, Timestamp not_before) const {
    return {0, kind, target, task_id, json::serialize(payload), now_, 0, "", not_before};
  }

  bool has_open_task(const AlertRow& alert) const {
    const auto task = tasks_.find(alert.task_id);
    return !alert.task_id.empty() && (task == tasks_.end() || !task->second->closed);
  }

  std::string fresh_id() {
    std::string id = next_id_();
    while (!used_ids_.insert(id).second) id = next_id_();
    return id;
  }

  const Known& known_;
  Timestamp now_;
  const IdSource& next_id_;
  std::map<std::string, const TaskRow*> tasks_;
  std::map<AlertId, std::string> task_of_;                 // open task that names the finding
  std::map<std::string, std::set<AlertId>> open_in_task_;  // kept true while deciding
  std::set<std::string> used_ids_;
  std::map<std::string, TaskUpdate> updates_;
  std::set<std::string> recovering_;
  std::map<std::string, std::vector<std::string>> waiting_;  // by check, the ones that need it
  Actions actions_;
};

}  // namespace

Actions decide(const std::vector<AlertChanges>& changes, const Known& known, Timestamp now,
               const IdSource& next_id) {
  return Decision(known, now, next_id).run(changes);
}

std::vector<std::string> tick_lines(const std::vector<SayLine>& lines) {
  if (lines.empty()) return {"HEARTBEAT_OK"};
  std::vector<std::string> texts;
  for (const auto& line : lines) texts.push_back(line.text);
  return texts;
}

}  // namespace chela::heartbeat
