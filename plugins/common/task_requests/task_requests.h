// The request documents of chela.tasks/1 as plain values, checked member by member, and its
// replies.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chela/duration.h"
#include "chela/json.h"

namespace chela::task_requests {

struct NewTask {
  std::string key;    // letters, digits, - and _; random_id() where the caller gave none
  std::string title;  // one line, never empty
  std::string state = "queue";
  std::string priority = "none";
  std::string needs;  // "" or "human"
  std::string owner;
  std::string notes;  // lines end in \n, none at the end
  std::string due;    // as it came: RFC 3339, or a date
};

struct Change {
  std::optional<std::string> state, priority, needs, title, owner;
  std::string note;  // empty: none
};

// {"states":["queue","done"]}; all five where absent. invalid_argument names an unknown state.
Result<std::vector<std::string>> read_states(const json::value& request);

// Whether `state` is among the states that were asked for.
bool wants(const std::vector<std::string>& states, std::string_view state);

// done or cancelled.
bool is_closed(std::string_view state);

// {"task":{"title",..},"idempotency_key":"k3f9q2"}
Result<NewTask> read_new_task(const json::value& request);

// {"set":{"state","priority","needs","title","owner"},"note"}; an unknown member is refused, since
// it would be lost.
Result<Change> read_change(const json::value& request);

// {"id":"k3f9q2","text":"05:52 config test ok"} as a change of nothing but the notes.
Result<Change> read_note(const json::value& request);

// The text member `name`; invalid_argument where it is missing, empty or no text.
Result<std::string> read_text(const json::value& request, std::string_view name);

// A note's text as it is kept: LF line ends, no control characters but tabs, no line end behind it.
std::string clean_note(std::string_view text);

// A title as it is kept: one line, no control characters, no blanks around it.
std::string clean_title(std::string_view text);

// Whether `notes` ends in `note`, line by line: the same note twice in a row is one.
bool ends_in_note(std::string_view notes, std::string_view note);

// {"task":{..}}, of get, update and note.
json::object task_reply(json::object task);

// {"task":{..},"created":true}
json::object create_reply(json::object task, bool is_new);

// A letter, a digit, - or _: what keys and ids of ours are made of.
bool is_key_sign(char c);

// FNV-1a, the same on every machine.
std::uint64_t fnv1a(std::string_view text, std::uint64_t seed = 0);

// Six characters of base 32 out of the system's random source.
std::string random_id();

}  // namespace chela::task_requests
