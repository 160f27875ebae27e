// The words that people read: titles and notes of tasks, and one-line messages. Pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "heartbeat/alerts.h"

namespace chela::heartbeat {

// "workspace-git/uncommitted"; in a task's notes it stands as "chela-finding:
// workspace-git/uncommitted" on a line of its own, so that a task can be found by its finding.
std::string finding_name(const tasks::AlertRow& alert);

// The findings that the notes of a task name so, one a line.
std::vector<tasks::AlertId> findings_in(std::string_view notes);

// The notes of a task opened for one finding, or for several that share it. `why` heads a shared
// list.
std::string task_notes(const tasks::AlertRow& alert);
std::string shared_task_notes(std::string_view why, const std::vector<const Opened*>& alerts);

// "12 more findings, worst: disk nearly full: /"; the worst comes first in `alerts`.
std::string shared_task_title(std::string_view what, const std::vector<const Opened*>& alerts);

// "recovered after 3 h 5 min"; `title` is added where the task is shared with other findings.
std::string recovery_note(const Recovered& recovered, bool is_shared);

// One line each, at most 600 bytes.
//   opened     "[crit] system: disk nearly full: / (task k3f9q2, needs you)"
//              "[crit] net: no route (task k3f9q2); email, calendar wait for it"
//   reminder   "[crit] system: open for 2 d 3 h: disk nearly full: / (task k3f9q2)"
//   flapping   "[warn] system: flapping, said once until it is steady: disk nearly full: /"
std::string opened_line(const tasks::AlertRow& alert, const std::vector<std::string>& waiting = {});
std::string reminder_line(const StillOpen& still);
std::string flapping_line(const tasks::AlertRow& alert);
std::string worse_line(
    const tasks::AlertRow& alert);  // "[crit] system: worse: disk full: / (task k3f9q2)"
std::string event_line(const std::string& check, const tasks::Finding& event);
std::string recovered_line(
    const Recovered& recovered);  // "[recovered] system: disk nearly full: /, after 3 h 5 min"
std::string baseline_line(const std::string& check, const std::vector<const Opened*>& alerts,
                          const std::string& task_id);

}  // namespace chela::heartbeat
