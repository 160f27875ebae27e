// What a careful reader would say about an openclaw.json: findings with their reason, the lines
// that mend them, and who keeps each key. Pure; host/config/README.md says which rule lies where.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "chela/json.h"
#include "config/openclaw.h"
#include "config/openclaw_models.h"
#include "config/origin.h"

namespace chela::config {

enum class OpenClawVersion { v2026_2, v2026_9 };
enum class Severity { info, warn, crit };

// One change that mends a finding. Applied by patched() (review_patch.h).
struct Edit {
  enum class What { set, remove } what = What::set;
  std::string pointer;   // of the merged document
  json::value value;     // set
  std::string variable;  // set: the value is "${variable}", where a secret stood in plain text
};

struct ReviewPlace {
  std::string path;     // "agents.list[1].model"; of a file's mode: the file
  std::string pointer;  // "" for a file's mode
  FilePosition at;      // of the key, or of what is around it where the key is missing
};

struct ReviewFinding {
  std::string rule;  // "expensive-heartbeat"; stable
  Severity severity = Severity::info;
  std::vector<ReviewPlace> places;   // at least one
  std::string why;                   // one or two sentences; no secret
  std::string snippet;               // JSON5 to paste, or a command; "" where nothing mends it
  std::vector<std::string> kept_by;  // see keepers_of (review_keys.h); of the first place
  std::vector<Edit> edits;           // empty: a person has to decide
};

// What the caller saw of a file on disk.
struct FileFact {
  std::filesystem::path path;
  unsigned mode = 0600;  // permission bits
  bool is_ours = true;   // belongs to the person who asks
  bool is_env_file = false;
};

// USD micros per million output tokens of "provider/model"; nothing where it is not known.
using PriceOf = std::function<std::optional<std::int64_t>(const std::string& ref)>;
// Tokens that "provider/model" can look at.
using WindowOf = std::function<std::optional<std::int64_t>(const std::string& ref)>;

struct ReviewInput {
  const OpenClaw& openclaw;     // lent
  const ModelSettings& models;  // lent; of the same file
  OpenClawVersion version = OpenClawVersion::v2026_2;
  bool judges_keys = false;  // also say which keys `version` refuses, ignores or moves
  std::vector<FileFact> files;
  PriceOf price_of;
  WindowOf window_of;
};

// The worst first, within a severity in the order of the rules. No value of a secret is in any of
// them.
std::vector<ReviewFinding> review(const ReviewInput& input);

struct VersionGuess {
  OpenClawVersion version;
  std::string why;  // "agents.entries", "wizard.lastRunVersion says 2026.2.9", ...
};
VersionGuess guess_version(const OpenClaw& openclaw);

const char* to_string(OpenClawVersion version);  // "2026.2"
const char* to_string(Severity severity);        // "crit"

}  // namespace chela::config
