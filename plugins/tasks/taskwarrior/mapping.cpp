#include "mapping.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>

#include "chela/time.h"

namespace chela::taskwarrior {
namespace {

constexpr const char* kBlockedTag = "blocked";
constexpr const char* kHumanTag = "human";

// A value that ends in a backslash breaks Taskwarrior's data file for good (2.6.2: every later
// `task` fails), so an invisible sign (U+200B) is put behind it.
constexpr std::string_view kGuard = "\xE2\x80\x8B";

std::string guarded(std::string_view text) {
  return std::string(text) + (text.ends_with('\\') ? std::string(kGuard) : "");
}

std::string unguarded(std::string text) {
  if (text.ends_with("\\" + std::string(kGuard))) text.resize(text.size() - kGuard.size());
  return text;
}

// "20261122T054011Z" as RFC 3339; as it is where it looks otherwise.
std::string rfc3339(const std::string& time) {
  if (time.size() != 16 || time[8] != 'T' || time[15] != 'Z') return time;
  return time.substr(0, 4) + "-" + time.substr(4, 2) + "-" + time.substr(6, 2) + "T" +
         time.substr(9, 2) + ":" + time.substr(11, 2) + ":" + time.substr(13, 2) + "Z";
}

std::string priority_name(const std::string& letter) {
  return letter == "H" ? "high" : letter == "M" ? "medium" : letter == "L" ? "low" : "none";
}

std::string priority_letter(std::string_view name) {
  return name == "high" ? "H" : name == "medium" ? "M" : name == "low" ? "L" : "";
}

void read_notes(const json::value& exported, Task& task) {
  const auto* list = find(exported, "annotations");
  if (list == nullptr || !list->is_array()) return;
  std::vector<std::pair<std::string, std::string>> notes;  // entry, text
  for (const auto& note : list->get_array())
    notes.emplace_back(get_string(note, "entry"), unguarded(get_string(note, "description")));
  std::stable_sort(notes.begin(), notes.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& note : notes) {
    task.notes += (task.notes.empty() ? "" : "\n") + note.second;
    task.last_note = note.second;
    task.last_note_entry = note.first;
  }
}

std::uint64_t mixed(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = task_requests::fnv1a(text, seed);
  hash ^= hash >> 29;  // the last characters reach the upper bits as well
  hash *= 0xbf58476d1ce4e5b9ull;
  return hash ^ (hash >> 32);
}

void add_state_words(const Task& task, std::string_view state, std::vector<std::string>& words) {
  const bool is_closing = task_requests::is_closed(state);
  const bool is_open = task.status == "pending" || task.status == "waiting";
  if (is_closing) {
    words.push_back(state == "done" ? "status:completed" : "status:deleted");
  } else if (!is_open) {
    words.emplace_back("status:pending");
    if (task.has_end) words.emplace_back("end:");
  }
  if (task.is_waiting) words.emplace_back("wait:");
  if (state == "in_progress" && !task.is_started) words.emplace_back("start:now");
  if (state != "in_progress" && task.is_started) words.emplace_back("start:");
  if (state == "blocked" && !task.has_blocked_tag) words.push_back(std::string("+") + kBlockedTag);
  if (state != "blocked" && task.has_blocked_tag) words.push_back(std::string("-") + kBlockedTag);
}

}  // namespace

std::string Task::state() const {
  if (status == "completed") return "done";
  if (status == "deleted") return "cancelled";
  if (status == "recurring") return "";
  if (has_blocked_tag || is_waiting) return "blocked";
  return is_started ? "in_progress" : "queue";
}

Result<Task> read_task(const json::value& exported, std::string_view now) {
  Task task;
  task.uuid = get_string(exported, "uuid");
  task.status = get_string(exported, "status");
  task.title = unguarded(get_string(exported, "description"));
  if (!is_uuid(task.uuid) || task.status.empty()) {
    return fail(ErrorCode::data_loss, "task export: wanted uuid and status, found " +
                                          json::serialize(exported).substr(0, 120));
  }
  const std::string id = get_string(exported, "chela_id");
  task.id = id.empty() ? task.uuid : id;
  task.priority = priority_name(get_string(exported, "priority"));
  task.owner = unguarded(get_string(exported, "chela_owner"));
  task.project = get_string(exported, "project");
  task.created = rfc3339(get_string(exported, "entry"));
  task.updated = rfc3339(get_string(exported, "modified"));
  task.completed = rfc3339(get_string(exported, "end"));
  task.due = rfc3339(get_string(exported, "due"));
  task.has_end = !task.completed.empty();
  task.is_waiting =
      task.status == "waiting" || (task.status == "pending" && get_string(exported, "wait") > now);
  task.is_removed = find(exported, "chela_removed") != nullptr;
  task.is_started = find(exported, "start") != nullptr;
  for (const auto& tag : get_strings(exported, "tags")) {
    if (tag == kBlockedTag) task.has_blocked_tag = true;
    if (tag == kHumanTag) task.needs = "human";
  }
  read_notes(exported, task);
  task.exported = exported.get_object();
  return task;
}

Result<std::vector<Task>> read_tasks(const json::value& exported, std::string_view now) {
  if (!exported.is_array()) {
    return fail(ErrorCode::data_loss,
                "task export: wanted a list, found " + json::serialize(exported).substr(0, 120));
  }
  std::vector<Task> tasks;
  for (const auto& one : exported.get_array()) {
    CHELA_TRY(tasks.emplace_back(), read_task(one, now));
  }
  return tasks;
}

json::object task_document(const Task& task) {
  json::object document{{"id", task.id},           {"title", task.title},
                        {"state", task.state()},   {"priority", task.priority},
                        {"needs", task.needs},     {"notes", task.notes},
                        {"owner", task.owner},     {"created", task.created},
                        {"updated", task.updated}, {"completed", task.completed}};
  if (!task.due.empty()) document["due"] = task.due;
  document["uuid"] = task.uuid;
  return document;
}

bool belongs(const Task& task, std::string_view project) {
  if (task.status == "recurring" || task.is_removed) return false;
  if (project.empty() || task.id != task.uuid || task.project == project) return true;
  return task.project.size() > project.size() && task.project.starts_with(project) &&
         task.project[project.size()] == '.';
}

json::array import_document(const task_requests::NewTask& task, std::string_view project,
                            std::string_view now) {
  json::object document{{"uuid", uuid_of_key(task.key)},
                        {"chela_id", task.key},
                        {"description", guarded(task.title)},
                        {"entry", now},
                        {"status", "pending"}};
  if (task.state == "done") document["status"] = "completed";
  if (task.state == "cancelled") document["status"] = "deleted";
  if (task_requests::is_closed(task.state)) document["end"] = now;
  if (task.state == "in_progress") document["start"] = now;
  json::array tags;
  if (task.state == "blocked") tags.emplace_back(kBlockedTag);
  if (task.needs == "human") tags.emplace_back(kHumanTag);
  if (!tags.empty()) document["tags"] = std::move(tags);
  if (task.priority != "none") document["priority"] = priority_letter(task.priority);
  if (!project.empty()) document["project"] = project;
  if (!task.owner.empty()) document["chela_owner"] = guarded(task.owner);
  if (!task.due.empty()) document["due"] = compact_time(task.due);
  if (!task.notes.empty())
    document["annotations"] = {json::object{{"entry", now}, {"description", guarded(task.notes)}}};
  return {std::move(document)};
}

std::vector<std::string> modify_words(const Task& task, const task_requests::Change& change) {
  std::vector<std::string> words;
  if (change.state && *change.state != task.state()) add_state_words(task, *change.state, words);
  if (change.priority && *change.priority != task.priority)
    words.push_back("priority:" + priority_letter(*change.priority));
  if (change.needs && *change.needs != task.needs)
    words.push_back((change.needs->empty() ? "-" : "+") + std::string(kHumanTag));
  if (change.owner && *change.owner != task.owner && is_plain(*change.owner))
    words.push_back("chela_owner:" + *change.owner);
  if (change.title && *change.title != task.title && is_plain(*change.title))
    words.insert(words.end(), {"--", *change.title});
  return words;
}

bool is_plain(std::string_view text) {
  return text != "--" && text.find_first_of("\\\"'") == std::string_view::npos;
}

json::array rewritten(const Task& task, const task_requests::Change& change, Timestamp now) {
  json::object document = task.exported;
  bool is_changed = false;
  const auto set = [&](const char* name, const std::optional<std::string>& wanted,
                       const std::string& current) {
    if (!wanted || *wanted == current || is_plain(*wanted)) return;
    document[name] = guarded(*wanted);
    is_changed = true;
  };
  set("description", change.title, task.title);
  set("chela_owner", change.owner, task.owner);
  if (change.note != task.last_note && !is_plain(change.note)) {
    while (compact_time(now) <= task.last_note_entry) now += std::chrono::seconds(1);
    auto& notes = document["annotations"];
    if (!notes.is_array()) notes = json::array();
    notes.get_array().push_back(
        json::object{{"entry", compact_time(now)}, {"description", guarded(change.note)}});
    is_changed = true;
  }
  if (!is_changed) return {};
  return {std::move(document)};
}

std::string uuid_of_key(std::string_view key) {
  const std::uint64_t high = mixed(key, 0x6368656c61ull), low = mixed(key, 0x7461736bull);
  std::array<char, 40> text{};
  // Version 8 (RFC 9562: custom), variant 10.
  std::snprintf(text.data(), text.size(), "%08x-%04x-8%03x-%04x-%012llx",
                static_cast<unsigned>(high >> 32), static_cast<unsigned>((high >> 16) & 0xffff),
                static_cast<unsigned>(high & 0xfff),
                static_cast<unsigned>(0x8000 | ((low >> 48) & 0x3fff)),
                static_cast<unsigned long long>(low & 0xffffffffffffull));
  return text.data();
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool is_hex = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (is_dash ? text[i] != '-' : !is_hex) return false;
  }
  return true;
}

std::string compact_time(std::string_view time) {
  std::string compact;
  for (const char c : time) {
    if (c != '-' && c != ':') compact += c;
  }
  return compact;
}

std::string compact_time(Timestamp time) {
  return compact_time(format_utc(time));
}

std::vector<std::string> base_words(const std::string& data) {
  return {"rc:/dev/null",
          "rc.data.location=" + data,
          "rc.exit.on.missing.db=on",
          "rc.confirmation=off",
          "rc.recurrence.confirmation=no",
          "rc.bulk=0",
          "rc.hooks=off",
          "rc.gc=off",
          "rc.recurrence=off",
          "rc.verbose=nothing",
          "rc.color=off",
          "rc.detection=off",
          "rc.json.array=on",
          "rc.uda.chela_id.type=string",
          "rc.uda.chela_owner.type=string",
          "rc.uda.chela_removed.type=string"};
}

}  // namespace chela::taskwarrior
