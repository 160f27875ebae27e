// When something last happened to a task, and whether a task is chela's own: pure, over the board's
// documents.
#pragma once

#include <chela/duration.h>
#include <chela/json.h>

#include <optional>
#include <string>

namespace check_tasks {

// "2026-11-22T05:40:11Z", with "+01:00" for the zone, a blank for the T, without seconds or with
// fractions; without a zone it is UTC. "2026-11-22" alone is the end of that day, so that nothing
// looks older than it is. Absent where the text is none of these or names no real day (years 1970
// to 2999).
std::optional<chela::Timestamp> parse_time(std::string_view text);

struct Activity {
  std::optional<chela::Timestamp> at;  // absent: no member tells
  std::string source;                  // which member told: "last_activity", "updated" or "created"
  std::string unreadable;  // the first member that says something else: "updated 'yesterday'"
};

// From `last_activity`, else `updated`, else `created`; a time after `now` counts as `now`.
Activity last_activity(const chela::json::value& task, chela::Timestamp now);

// Whether the task was opened by chela for a finding: a line of its notes starts with the host's
// marker.
bool is_own_task(const chela::json::value& task);

// Whether `needs` names a human; it is a word or a list of words.
bool needs_human(const chela::json::value& task);

}  // namespace check_tasks
