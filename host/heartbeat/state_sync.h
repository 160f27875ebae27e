// Brings the ledger's times and memory/heartbeat-state.json together before a tick, and writes the
// file after it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "heartbeat/state_file.h"
#include "tasks/ledger.h"

namespace chela::heartbeat {

// What holds at the start of a tick.
struct SyncedTimes {
  TimesById times;
  std::vector<Edit> edits;               // somebody's, which won over the ledger
  StateFile file;                        // to be written again
  std::string text;                      // as it was read
  bool may_write = true;                 // false: a newer chela's file, left alone
  std::vector<std::string> problems;     // one line each
  std::optional<std::string> set_aside;  // the one of them about a corrupt file that was moved
};

// Reads both files. A corrupt one, or one of more than 10 MB, is set aside (the problem names
// where) and counts as missing; one that cannot be read is left alone and not written. Nothing here
// is fatal.
//   path      <workspace>/memory/heartbeat-state.json
//   old_path  the guide's file in the workspace root, taken over once
SyncedTimes read_times(const std::string& path, const std::string& old_path,
                       const tasks::Snapshot& snapshot, Timestamp now);

// Writes the new times where they differ from what the file says; makes the folder. The error names
// path and reason.
Result<void> write_times(const std::string& path, const SyncedTimes& synced, const TimesById& times,
                         tasks::Ledger& ledger);

}  // namespace chela::heartbeat
