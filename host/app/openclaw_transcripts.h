// Reads the transcripts under an OpenClaw folder, as a stream and without changing anything.
#pragma once

#include <string>
#include <vector>

#include "base/time.h"
#include "models/openclaw_usage.h"

namespace chela::app {

struct TranscriptsRead {
  int agents = 0;
  int files = 0;      // transcripts that were read: *.jsonl, *.jsonl.reset.*, *.jsonl.deleted.*
  int databases = 0;  // agents/<id>/agent/openclaw-agent.sqlite
  std::int64_t bytes = 0;
  std::vector<std::string> notes;  // what was left out, and why; may hold foreign text
};

// Gives `usage` what lies in <folder>/agents/*/sessions and in the agents' databases. Files that
// were not changed since `since` are passed over. Links are followed to `folder` itself and nowhere
// below it. At most 4 MiB of one line and 64 KiB of the file are in memory.
// Fails with not_found where there is no such folder or no `agents` in it, and as opening it does.
// What cannot be read below it becomes a note.
Result<TranscriptsRead> read_transcripts(const std::string& folder, Timestamp since,
                                         models::OpenClawUsage& usage);

}  // namespace chela::app
