// memory/heartbeat-state.json as text: what it says, whose edit wins, and how it is written again.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "heartbeat/due_time.h"
#include "heartbeat/raw_json.h"

namespace chela::heartbeat {

inline constexpr std::size_t kMaxStateFile = 10 * 1024 * 1024;
inline constexpr int kStateVersion = 1;

// One entry of "lastChecks": nullopt = null, never run. `resolution` is what the form can tell
// apart.
struct StateEntry {
  std::optional<Timestamp> time;
  Duration resolution{1};
};

// The file in parts. What chela does not know is kept byte for byte and in its place.
// {"lastChecks":{"email":1703275200000,"weather":null},"chela":{"version":1,"written":{"email":1703275200000}}}
struct StateFile {
  std::vector<RawMember> members;             // of the document
  std::vector<RawMember> last_checks;         // of "lastChecks"
  std::vector<RawMember> own;                 // of "chela"
  std::map<std::string, StateEntry> entries;  // what could be read of last_checks
  std::map<std::string, StateEntry> written;  // what chela wrote last, by the file's own account
  std::string taken_over;          // the guide-style file whose times were taken over, or ""
  std::vector<std::string> notes;  // entries that could not be read; they stay as they are
};

// Reads the document. An entry may be in seconds or milliseconds (told apart by size), an ISO time,
// or null.
// "" is an empty document. Fails with data_loss where it is corrupt (the caller sets it aside),
// failed_precondition where a newer chela wrote it (leave it alone), resource_exhausted above 10
// MB.
Result<StateFile> read_state(std::string_view text);

using TimesById = std::map<std::string, CheckTimes>;

struct Edit {
  std::string id;
  std::optional<Timestamp> time;  // what somebody wrote; nullopt = run it again
};
struct Merged {
  TimesById times;
  std::vector<Edit> edits;  // for the log, by id
};

// What holds at start: the ledger, except for entries of the file that differ from what chela wrote
// last; those are somebody's edit and win. An entry that is missing says nothing; null means never
// run.
//   last_written  the text that chela wrote last, as the ledger keeps it; "" = believe the file's
//   own account
// Checks that only the file knows are taken over. Fails as read_state does; a corrupt
// `last_written` counts as "".
Result<Merged> merge(std::string_view file_text, std::string_view last_written,
                     const TimesById& ledger_times);

// The guide's heartbeat-state.json in the workspace root: gives its times to checks that have never
// run, once; `state` says whether that happened before, and remembers it. Fails as read_state does,
// with `times` untouched.
Result<void> take_over(std::string_view root_text, StateFile& state, TimesById& times);

// The new text: `before` with the last_ok of each of `times` in milliseconds (before 1973 and after
// 5138, where those would read as something else, as an ISO time), and chela's own part renewed.
// Entries of checks that are not in `times` stay.
std::string write_state(const StateFile& before, const TimesById& times);

}  // namespace chela::heartbeat
