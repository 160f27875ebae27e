// Which keys of openclaw.json which OpenClaw accepts, ignores or refuses, and who keeps them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "chela/json.h"
#include "config/review.h"

namespace chela::config {

enum class KeyStatus {
  accepts,  // and acts on it
  ignores,  // accepts it and does nothing with it
  rejects,  // does not start with it in the file
  moves,    // accepts it; its doctor rewrites it into another key
};

struct KeyFact {
  std::string_view
      path;  // "agents.list.*.model": '*' is any one step; what lies below is meant, too
  KeyStatus in_2026_2;
  KeyStatus in_2026_9;
  enum class Chela {
    no,
    keeps,   // chela does by itself what the key says
    routes,  // for the model calls that go through chela
  } chela;
  std::string_view note;  // one sentence, or ""
};

KeyStatus status_of(const KeyFact& fact, OpenClawVersion version);
const char* to_string(KeyStatus status);

// The fact that says most about the key at `pointer`, or nullptr.
const KeyFact* find_fact(const std::vector<std::string>& steps);

// "chela", "OpenClaw", "OpenClaw through chela", or "nobody" alone. OpenClaw's calls go through
// chela where the default model's provider is called `chela`.
std::vector<std::string> keepers_of(const json::value& raw, std::string_view pointer,
                                    OpenClawVersion version);

struct KeyUse {
  std::string path;  // of the fact that covers it; where there is none, of the top key as written
  const KeyFact* fact = nullptr;
  std::vector<std::string> pointers;  // of the values in the file that it covers
  std::vector<std::string> kept_by;
};

// Every key of the document, gathered by fact, in the order of the file. `raw` is the document with
// ${NAME} as written.
std::vector<KeyUse> used_keys(const json::value& raw, OpenClawVersion version);

}  // namespace chela::config
