// Who is asked for a role, and behind whom: explicit chains, nothing clever. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "chela/result.h"
#include "models/catalog.h"

namespace chela::models {

struct Chain {
  std::vector<std::string> refs;  // first the one that is asked first; at least one
  std::string why;                // "role researcher (openclaw.json)"
  bool operator==(const Chain&) const = default;
};

// What the configuration says, ready for look-up.
struct Routes {
  std::map<std::string, Chain, std::less<>> roles;  // "coordinator", "heartbeat", agents by id
  std::map<std::string, std::string, std::less<>> aliases;  // "opus" -> ref
};

// The chain for a role, or for one model that somebody named: an alias or a ref, alone, because who
// names a model wants that one. Both empty: the role coordinator. not_found names the known ones
// and the nearest.
Result<Chain> find_chain(const Routes& routes, const std::string& role, const std::string& model);

// "opus" -> "anthropic/claude-opus-4-6"; letter case does not matter where nothing fits exactly.
std::string resolve_alias(const Routes& routes, const std::string& name);

// Takes out the second of two equal refs, rewrites followed.
Chain without_doubles(Chain chain, const Catalog& catalog);

}  // namespace chela::models
