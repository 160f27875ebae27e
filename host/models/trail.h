// How one request went: who was asked, who answered, why not the others. Written down with the
// call, printed by `chela model explain`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "chela/chat.h"
#include "chela/json.h"
#include "models/candidates.h"
#include "models/failure.h"
#include "models/money.h"

namespace chela::models {

struct Step {
  std::string ref;
  std::string key;
  bool was_tried = false;
  std::string why;  // skipped: the reason in words; tried: "" where it answered
  std::optional<Reason> reason;
  int http_status = 0;
  Duration took{};
  bool is_probe = false;
};

struct Trail {
  std::string id;
  std::string role;
  std::string asked;               // "role coordinator (openclaw.json)"
  std::vector<std::string> chain;  // refs
  std::vector<Step> steps;
  Duration queued{};
  std::string chosen;  // the ref that answered, "" where none did
  std::optional<Duration> first_token;
  Duration total{};
  Usage usage;
  std::optional<Usd> usd;  // nullopt: the model has no price
  std::string error;       // in words, "" where it went well

  void skip(const std::vector<Skipped>& skipped);
};

// {"asked":"..","chain":[..],"steps":[{"ref":"..","did":"tried","reason":"rate_limited","why":"..",
//  "status":429,"ms":120}],"chosen":"..","queued_ms":0,"first_token_ms":210,"total_ms":900}
json::object to_json(const Trail& trail);

// The same for people, one line a step, at most 80 columns where the texts allow it.
std::string describe_trail(const json::value& trail);

}  // namespace chela::models
