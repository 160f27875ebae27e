// Which candidate of a chain goes next, and why the others do not: the router's one decision. Pure.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "models/catalog.h"
#include "models/cooldown.h"
#include "models/failure.h"

namespace chela::models {

// One model of the chain with one key that may pay for it.
struct Candidate {
  Model model;
  std::string key;  // the secret's reference; "" where the provider needs none
  CooldownKey at() const { return {model.provider, key, model.wire_id}; }
};

// What is known about a chain when the next try is due.
struct Situation {
  std::vector<Candidate> candidates;  // in the order of the chain, keys in the order of their turn
  const Cooldowns* cooldowns = nullptr;
  // Why a provider cannot be used at all: not enabled, its plugin quarantined.
  std::map<std::string, std::string> unusable{};
  // When our own caps or announced limits let a candidate go again.
  std::map<CooldownKey, Timestamp> limited_until{};
  std::string id{};                   // of the request, which does not stand in its own way
  std::int64_t prompt_tokens = 0;     // estimated
  std::vector<std::string> wants{};   // "images", "tools": what the request needs
  std::set<CooldownKey> tried{};      // in this request
  std::int64_t larger_than = 0;       // context tokens: after an overflow only larger windows help
  std::set<CooldownKey> retried{};    // tried in this request, and to be tried again: not held
  bool may_ignore_cooldowns = false;  // the person said so
};

struct Skipped {
  std::string ref;
  std::string key;
  std::string why;  // "cooled down for 24 s more: rate_limited"
  bool operator==(const Skipped&) const = default;
};

struct Choice {
  std::optional<std::size_t> next;  // into candidates
  std::vector<Skipped> skipped;     // those before it, or all
  bool is_probe = false;            // it is cooled down, but so is everybody
  // Where nobody can go: when the first may, after its cooldown or its limit.
  std::optional<Timestamp> cool_at{};
  std::optional<Timestamp> limit_at{};
};

// The first candidate that may be tried. Those of one model that differ by key stand together in
// `candidates`; a model whose window is known to be too small, or that is known not to do what the
// request wants, is passed over.
Choice choose(const Situation& situation, Timestamp now);

}  // namespace chela::models
