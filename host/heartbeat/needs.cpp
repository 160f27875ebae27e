#include "heartbeat/needs.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/text.h"

namespace chela::heartbeat {
namespace {

const Needer* find_needer(std::span<const Needer> checks, const std::string& id) {
  const auto found =
      std::find_if(checks.begin(), checks.end(), [&](const Needer& one) { return one.id == id; });
  return found == checks.end() ? nullptr : &*found;
}

// Looks for the nearest needed check that is `wanted`; `passed` guards against circles.
template <class Wanted>
std::optional<std::string> search(std::span<const Needer> checks, const Needer& from,
                                  std::set<std::string>& passed, const Wanted& wanted) {
  for (const auto& id : from.needs) {
    if (wanted(id)) return id;
    const Needer* next = find_needer(checks, id);
    if (next == nullptr || !passed.insert(id).second) continue;
    if (auto found = search(checks, *next, passed, wanted)) return found;
  }
  return std::nullopt;
}

template <class Wanted>
std::optional<std::string> search(std::span<const Needer> checks, const Needer& from,
                                  const Wanted& wanted) {
  std::set<std::string> passed;
  return search(checks, from, passed, wanted);
}

}  // namespace

bool is_down(const tasks::CheckRow& row) {
  return row.last_attempt && row.consecutive_failures == 0 &&
         row.last_status == tasks::CheckStatus::crit;
}

std::map<std::string, std::string> find_waiting(std::span<const Needer> checks,
                                                const RowsByCheck& rows) {
  std::map<std::string, std::string> waiting;
  for (const auto& one : checks) {
    if (one.needs.empty()) continue;
    const auto down = search(checks, one, [&](const std::string& id) {
      const auto row = rows.find(id);
      return row != rows.end() && find_needer(checks, id) != nullptr && is_down(row->second);
    });
    if (down) waiting[one.id] = *down;
  }
  return waiting;
}

std::vector<std::string> needers_of(std::span<const Needer> checks, const std::string& id) {
  std::vector<std::string> found;
  for (const auto& one : checks) {
    if (search(checks, one, [&](const std::string& needed) { return needed == id; }))
      found.push_back(one.id);
  }
  return found;
}

bool needs_one_of(std::span<const Needer> checks, const std::string& id,
                  const std::set<std::string>& others) {
  const Needer* one = find_needer(checks, id);
  return one != nullptr && !others.empty() &&
         search(checks, *one, [&](const std::string& needed) { return others.contains(needed); });
}

std::vector<NeedsProblem> check_needs(std::span<const Needer> checks) {
  std::vector<std::string> known;
  for (const auto& one : checks) known.push_back(one.id);
  std::vector<NeedsProblem> problems;
  for (const auto& one : checks) {
    for (const auto& id : one.needs) {
      if (find_needer(checks, id) != nullptr) continue;
      const std::string meant = base::closest(id, known);
      problems.push_back({one.id, "needs: no check '" + base::printable(id, 64) + "' is enabled" +
                                      (meant.empty() ? "" : "; did you mean '" + meant + "'?")});
    }
    if (search(checks, one, [&](const std::string& id) { return id == one.id; }))
      problems.push_back({one.id, "needs: it needs itself, directly or through others"});
  }
  return problems;
}

}  // namespace chela::heartbeat
