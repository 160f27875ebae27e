// Decides what to tell of the errors in the journal: pure.
#pragma once

#include <chela/json.h>

#include <map>
#include <string>
#include <vector>

#include "journal_lines.h"
#include "round.h"

namespace check_system {

// How far the journal has been read.
struct JournalState {
  std::string folder;         // that it is about; another one begins anew
  std::string cursor;         // of the last entry that was seen; "" = read from `since_ms`
  std::int64_t since_ms = 0;  // of the last look; 0 = there was none
  std::map<std::string, std::int64_t> told;  // kinds of messages, and when they were last told (ms)
};

// {"folder":"/var/log/journal","cursor":"s=..","since_ms":..,"told":{"1f..":1795..}}
chela::json::object to_json(const JournalState& state);
JournalState parse_journal_state(
    const chela::json::value* value);  // null or damaged: what is there

struct JournalRules {
  std::int64_t again_after_ms = 0;   // a kind that was told is not told again for so long
  std::vector<std::string> ignored;  // patterns of "who: message"
};

struct JournalNews {
  std::vector<chela::Finding> events;
  int errors = 0;   // all but the ignored ones
  int repeats = 0;  // of these, of kinds that were told before
};

// One event for each kind of message (who, and the shape of its text), at most 20 and one for the
// rest. Its key names the kind and the first entry, so that the same entries make the same key.
// `told` is brought up to date.
JournalNews judge_journal(const std::vector<Entry>& entries, const JournalRules& rules,
                          std::map<std::string, std::int64_t>& told, std::int64_t now_ms);

}  // namespace check_system
