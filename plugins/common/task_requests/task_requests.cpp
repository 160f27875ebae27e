#include "task_requests.h"

#include <algorithm>
#include <array>
#include <random>

#include "chela/utf8.h"

namespace chela::task_requests {
namespace {

constexpr std::array<std::string_view, 5> kStates{"queue", "in_progress", "blocked", "done",
                                                  "cancelled"};
constexpr std::array<std::string_view, 4> kPriorities{"none", "low", "medium", "high"};
constexpr std::array<std::string_view, 2> kNeeds{"", "human"};

tl::unexpected<Error> refuse(const std::string& where, const std::string& wanted,
                             const json::value& found) {
  return fail(ErrorCode::invalid_argument,
              where + ": wanted " + wanted + ", found " + json::serialize(found).substr(0, 100));
}

template <std::size_t kCount>
Result<std::string> read_choice(const json::value& value, const std::string& where,
                                const std::array<std::string_view, kCount>& choices) {
  std::string wanted;
  for (const auto& choice : choices) {
    if (value.is_string() && std::string_view(value.get_string()) == choice)
      return std::string(choice);
    wanted += (wanted.empty() ? "one of " : ", ") + (choice.empty() ? "\"\"" : std::string(choice));
  }
  return refuse(where, wanted, value);
}

// The text member `name` of `object`, or `otherwise` where it is absent.
Result<std::string> text_or(const json::value& object, std::string_view name,
                            std::string_view otherwise, const std::string& where) {
  const auto* member = find(object, name);
  if (member == nullptr || member->is_null()) return std::string(otherwise);
  if (!member->is_string()) return refuse(where + std::string(name), "text", *member);
  return std::string(member->get_string());
}

Result<std::string> title_of(const json::value& value, const std::string& where) {
  if (value.is_string()) {
    const std::string title = clean_title(value.get_string());
    if (!title.empty()) return title;
  }
  return refuse(where, "a title that is not empty", value);
}

Result<std::string> read_key(const json::value& request) {
  CHELA_TRY(std::string key, text_or(request, "idempotency_key", "", ""));
  if (key.size() <= 64 && std::all_of(key.begin(), key.end(), is_key_sign) && !key.starts_with('-'))
    return key;
  return refuse("idempotency_key", "up to 64 letters, digits, - and _", json::value(key));
}

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

}  // namespace

Result<std::vector<std::string>> read_states(const json::value& request) {
  const auto* states = find(request, "states");
  if (states == nullptr || states->is_null())
    return std::vector<std::string>(kStates.begin(), kStates.end());
  if (!states->is_array()) return refuse("states", "a list", *states);
  std::vector<std::string> wanted;
  for (const auto& name : states->get_array()) {
    CHELA_TRY(wanted.emplace_back(), read_choice(name, "states", kStates));
  }
  return wanted;
}

bool wants(const std::vector<std::string>& states, std::string_view state) {
  return std::find(states.begin(), states.end(), state) != states.end();
}

bool is_closed(std::string_view state) {
  return state == "done" || state == "cancelled";
}

Result<NewTask> read_new_task(const json::value& request) {
  const auto* document = find(request, "task");
  if (document == nullptr || !document->is_object()) return refuse("task", "an object", request);
  NewTask task;
  CHELA_TRY(task.key, read_key(request));
  if (task.key.empty()) task.key = random_id();
  const auto* title = find(*document, "title");
  CHELA_TRY(task.title, title_of(title == nullptr ? json::value() : *title, "task.title"));
  if (const auto* state = find(*document, "state")) {
    CHELA_TRY(task.state, read_choice(*state, "task.state", kStates));
  }
  if (const auto* priority = find(*document, "priority")) {
    CHELA_TRY(task.priority, read_choice(*priority, "task.priority", kPriorities));
  }
  if (const auto* needs = find(*document, "needs")) {
    CHELA_TRY(task.needs, read_choice(*needs, "task.needs", kNeeds));
  }
  CHELA_TRY(const std::string owner, text_or(*document, "owner", "", "task."));
  task.owner = clean_title(owner);
  CHELA_TRY(const std::string notes, text_or(*document, "notes", "", "task."));
  task.notes = clean_note(notes);
  CHELA_TRY(task.due, text_or(*document, "due", "", "task."));
  return task;
}

Result<Change> read_change(const json::value& request) {
  Change change;
  CHELA_TRY(const std::string note, text_or(request, "note", "", ""));
  change.note = clean_note(note);
  const auto* set = find(request, "set");
  if (set == nullptr || set->is_null()) return change;
  if (!set->is_object()) return refuse("set", "an object", *set);
  for (const auto& [name, value] : set->get_object()) {
    if (name == "state") {
      CHELA_TRY(change.state, read_choice(value, "set.state", kStates));
    } else if (name == "priority") {
      CHELA_TRY(change.priority, read_choice(value, "set.priority", kPriorities));
    } else if (name == "needs") {
      CHELA_TRY(change.needs, read_choice(value, "set.needs", kNeeds));
    } else if (name == "title") {
      CHELA_TRY(change.title, title_of(value, "set.title"));
    } else if (name == "owner") {
      CHELA_TRY(const std::string owner, text_or(*set, "owner", "", "set."));
      change.owner = clean_title(owner);
    } else {
      return refuse("set", "state, priority, needs, title or owner", json::value(name));
    }
  }
  return change;
}

Result<Change> read_note(const json::value& request) {
  Change change;
  CHELA_TRY(const std::string text, read_text(request, "text"));
  change.note = clean_note(text);
  return change;
}

Result<std::string> read_text(const json::value& request, std::string_view name) {
  const auto* member = find(request, name);
  if (member != nullptr && member->is_string() && !member->get_string().empty())
    return std::string(member->get_string());
  return refuse(std::string(name), "text", member == nullptr ? json::value() : *member);
}

std::string clean_note(std::string_view text) {
  std::string note;
  const std::string valid = replace_invalid_utf8(text);
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const char c = valid[i];
    const bool is_return = c == '\r';
    if (is_return && i + 1 < valid.size() && valid[i + 1] == '\n') continue;
    if (is_return || c == '\n')
      note += '\n';
    else if (c == '\t' || !is_control(c))
      note += c;
  }
  while (!note.empty() && (note.back() == '\n' || note.back() == ' ')) note.pop_back();
  while (note.starts_with('\n')) note.erase(0, 1);
  return note;
}

std::string clean_title(std::string_view text) {
  std::string title;
  for (const char c : replace_invalid_utf8(text)) {
    const bool is_blank = c == ' ' || is_control(c);
    if (is_blank && title.empty()) continue;
    title += is_blank ? ' ' : c;
  }
  while (title.ends_with(' ')) title.pop_back();
  return title;
}

bool ends_in_note(std::string_view notes, std::string_view note) {
  if (note.empty()) return true;
  return notes == note || (notes.size() > note.size() && notes.ends_with(note) &&
                           notes[notes.size() - note.size() - 1] == '\n');
}

json::object task_reply(json::object task) {
  return {{"task", std::move(task)}};
}

json::object create_reply(json::object task, bool is_new) {
  return {{"task", std::move(task)}, {"created", is_new}};
}

bool is_key_sign(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

std::uint64_t fnv1a(std::string_view text, std::uint64_t seed) {
  std::uint64_t hash = 14695981039346656037ull ^ seed;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 1099511628211ull;
  }
  return hash;
}

std::string random_id() {
  std::random_device source;
  std::string id(6, '0');
  for (char& c : id) c = "0123456789abcdefghjkmnpqrstvwxyz"[source() % 32];
  return id;
}

}  // namespace chela::task_requests
