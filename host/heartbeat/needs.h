// `needs:` of a check: while one that it needs is down, it is not run, so that one broken line does
// not make five checks shout. Pure functions.
#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "tasks/records.h"

namespace chela::heartbeat {

struct Needer {
  std::string id;
  std::vector<std::string> needs;  // ids of checks
};

// Known to be down: its last run could tell, and said crit. One that could not check is not down;
// nobody knows, so what needs it runs and speaks for itself.
bool is_down(const tasks::CheckRow& row);

using RowsByCheck = std::map<std::string, tasks::CheckRow>;

// The checks that have to wait, and for which one: needed directly or through others, the first by
// the order in which they are written. A needed check that is not there holds nobody up.
std::map<std::string, std::string> find_waiting(std::span<const Needer> checks,
                                                const RowsByCheck& rows);

// The checks that need `id`, directly or through others, in their order.
std::vector<std::string> needers_of(std::span<const Needer> checks, const std::string& id);

// Whether `id` needs one of `others`, directly or through others.
bool needs_one_of(std::span<const Needer> checks, const std::string& id,
                  const std::set<std::string>& others);

// What a person wrote that cannot be: a check that is not there (with a suggestion), itself, a
// circle. Such a check is treated as if it needed nothing.
struct NeedsProblem {
  std::string id;
  std::string message;  // one line, without the id in front
};
std::vector<NeedsProblem> check_needs(std::span<const Needer> checks);

}  // namespace chela::heartbeat
