// Reads a live openclaw.json, its includes and environment, and what chela has to know about it.
// Never writes it.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "chela/json.h"
#include "chela/result.h"
#include "config/origin.h"

namespace chela::config {

// The value of an environment variable (from the process, or from OpenClaw's .env), or nothing.
using EnvLookup = std::function<std::optional<std::string>(const std::string& name)>;

struct OpenClaw {
  std::filesystem::path file;
  json::value
      value;        // includes merged, ${NAME} filled in; unknown keys untouched. May hold secrets
  json::value raw;  // the same with ${NAME} as it was written: tells a reference from a secret
  Origins origins;  // where each value of both was written
  std::optional<std::string> workspace;      // agents.defaults.workspace, absolute
  std::optional<std::string> user_timezone;  // agents.defaults.userTimezone, as written
  Duration heartbeat_every =
      std::chrono::minutes(30);  // the shortest that beats; 0 where none does
  bool heartbeat_is_on = true;   // at least one agent's model heartbeat runs
  std::vector<std::string>
      notes;  // oddities that did not stop us, one line each: unset variables, bad durations
};

// Both dialects are read: agents.list[] (up to 2026.2) and agents.entries{} (2026.9).
// $include: a file or a list, relative to the including file, inside the folder of `file` also
// through symbolic links,
//   at most 10 deep and 200 in all, no cycles. Lists merge deeply: objects by key, lists one after
//   the other, of other values the later; keys beside $include win.
// ${NAME} ([A-Z_][A-Z0-9_]*) inside strings; $${NAME} is left as ${NAME}; an unset or empty one
// stays and is noted. Heartbeat: 30m where nothing is said, "0m" is off, a bare number is minutes.
// Where an agent has its own block, only
//   agents with one beat. A duration that cannot be read counts as 30m: rather warn of a bill than
//   miss it.
// Fails as read_file and parse_json5 do, invalid_argument for a broken $include. Ownership is not
// checked: it is OpenClaw's file, and nothing in it can grant a plugin anything.
Result<OpenClaw> load_openclaw(const std::filesystem::path& file, const EnvLookup& env);

// The same as if `file` held `text`: its includes are read where they are.
Result<OpenClaw> load_openclaw_as(const std::filesystem::path& file, const std::string& text,
                                  const EnvLookup& env);

// OpenClaw's durations: "30m", "1h30m", "1.5h", "500ms", a bare number = minutes.
std::optional<Duration> parse_openclaw_duration(const json::value& value);

}  // namespace chela::config
