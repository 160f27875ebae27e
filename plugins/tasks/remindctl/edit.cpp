#include "edit.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace chela::remindctl {
namespace {

using task_requests::Change;
using task_requests::is_closed;
using task_requests::NewTask;

std::string state_of(const Reminder& reminder, const ListIds& lists) {
  if (reminder.is_completed)
    return reminder.mark && reminder.mark->is_cancelled ? "cancelled" : "done";
  for (const auto& [state, id] : lists) {
    if (id == reminder.list_id) return state;
  }
  return "";
}

Seen seen_as(Reminder reminder, std::string id, const ListIds& lists) {
  Seen seen{std::move(reminder), std::move(id), "", "", ""};
  seen.state = state_of(seen.reminder, lists);
  seen.priority = seen.reminder.priority;
  if (const auto& mark = seen.reminder.mark) {
    // A human was asked for in one state; whoever moved the reminder on or ticked it has answered.
    if (!mark->needs_human_in.empty() && mark->needs_human_in == seen.state) seen.needs = "human";
    if (!mark->priority.empty() && seen.needs == "human" && seen.priority == "high")
      seen.priority = mark->priority;
  }
  return seen;
}

// What a reminder is to look like.
struct Look {
  Mark mark;
  std::string title, priority, text, due;  // due: empty = leave it
  bool clears_due = false;
};

void ask_for_human(Look& look, const std::string& state, bool needs_human) {
  look.mark.needs_human_in = needs_human ? state : "";
  look.mark.priority.clear();
  // The phone shows `high`; what was asked for is kept in the mark.
  if (!needs_human || is_closed(state) || look.priority == "high") return;
  look.mark.priority = look.priority;
  look.priority = "high";
}

std::string notes_of(const Look& look) {
  return mark_line(look.mark) + (look.text.empty() ? "" : "\n") + look.text;
}

}  // namespace

std::vector<Seen> name_all(std::vector<Reminder> reminders, const ListIds& lists) {
  // EventKit gives them in no order; the oldest of two with one mark is the original.
  std::sort(reminders.begin(), reminders.end(), [](const Reminder& a, const Reminder& b) {
    return std::tie(a.created, a.id) < std::tie(b.created, b.id);
  });
  std::vector<Seen> all;
  std::set<std::string> taken;
  for (auto& reminder : reminders) {
    const bool is_ours = std::any_of(lists.begin(), lists.end(), [&](const auto& entry) {
      return entry.second == reminder.list_id;
    });
    if (!is_ours) continue;
    std::string id = reminder.mark ? reminder.mark->id : derived_id(reminder.id);
    if (taken.contains(id)) id = derived_id(reminder.id);
    if (!taken.insert(id).second) continue;
    all.push_back(seen_as(std::move(reminder), std::move(id), lists));
  }
  return all;
}

json::object task_document(const Seen& seen) {
  const Reminder& reminder = seen.reminder;
  const bool is_due_ours = reminder.mark && reminder.mark->is_due_ours;
  json::object document{{"id", seen.id},
                        {"title", reminder.title},
                        {"state", seen.state},
                        {"priority", seen.priority},
                        {"needs", seen.needs},
                        {"notes", reminder.text},
                        {"owner", reminder.mark ? reminder.mark->owner : ""},
                        {"created", reminder.created},
                        {"updated", reminder.updated},
                        {"completed", reminder.completed}};
  if (!reminder.due.empty() && !is_due_ours) document["due"] = reminder.due;
  if (!reminder.url.empty()) document["url"] = reminder.url;
  return document;
}

std::vector<std::string> edit_words(const Seen& seen, const Change& change,
                                    const EditSettings& settings, const std::string& now) {
  const bool is_asked = change.state || change.priority || change.needs || change.title ||
                        change.owner || !change.note.empty();
  if (!is_asked) return {};
  const Reminder& reminder = seen.reminder;
  const std::string state = change.state.value_or(seen.state);
  const bool needs_human = change.needs.value_or(seen.needs) == "human";
  Look look;
  if (reminder.mark) look.mark = *reminder.mark;
  look.mark.id = seen.id;
  look.mark.is_cancelled = state == "cancelled";
  if (change.owner) look.mark.owner = *change.owner;
  look.title = change.title.value_or(reminder.title);
  look.priority = change.priority.value_or(seen.priority);
  look.text = reminder.text;
  if (!change.note.empty() && !task_requests::ends_in_note(look.text, change.note)) {
    look.text += (look.text.empty() ? "" : "\n") + change.note;
    look.text = capped(look.text, settings.note_lines);
  }
  ask_for_human(look, state, needs_human);
  if (needs_human && seen.needs.empty() && settings.has_alarm && reminder.due.empty() &&
      !is_closed(state)) {
    look.due = now;
    look.mark.is_due_ours = true;
  } else if (!needs_human && look.mark.is_due_ours) {
    look.clears_due = !reminder.due.empty();
    look.mark.is_due_ours = false;
  }

  std::vector<std::string> words;
  const auto add = [&](const char* option, const std::string& value) {
    words.insert(words.end(), {option, value});
  };
  const auto list = settings.lists.find(state);
  if (list != settings.lists.end() && list->second != reminder.list_id)
    add("--list-id", list->second);
  if (look.title != reminder.title) add("--title", guarded(look.title));
  if (notes_of(look) != reminder.notes) add("--notes", notes_of(look));
  if (look.priority != reminder.priority) add("--priority", look.priority);
  if (!look.due.empty()) add("--due", look.due);
  if (look.clears_due) words.emplace_back("--clear-due");
  if (is_closed(state) != reminder.is_completed)
    words.emplace_back(is_closed(state) ? "--complete" : "--incomplete");
  return words;
}

std::vector<std::string> add_words(const NewTask& task, const EditSettings& settings,
                                   const std::string& now) {
  Look look;
  look.mark.id = task.key;
  look.mark.is_cancelled = task.state == "cancelled";
  look.mark.owner = task.owner;
  look.title = task.title;
  look.priority = task.priority;
  look.text = capped(task.notes, settings.note_lines);
  look.due = task.due;
  ask_for_human(look, task.state, task.needs == "human");
  if (task.needs == "human" && settings.has_alarm && look.due.empty() && !is_closed(task.state)) {
    look.due = now;
    look.mark.is_due_ours = true;
  }
  const auto list = settings.lists.find(is_closed(task.state) ? "queue" : task.state);
  std::vector<std::string> words{"--title",   guarded(look.title),
                                 "--list-id", list == settings.lists.end() ? "" : list->second,
                                 "--notes",   notes_of(look)};
  if (look.priority != "none") words.insert(words.end(), {"--priority", look.priority});
  if (!look.due.empty()) words.insert(words.end(), {"--due", guarded(look.due)});
  return words;
}

}  // namespace chela::remindctl
