#include "heartbeat/choose.h"

#include <algorithm>

#include "heartbeat/needs.h"
#include "heartbeat/quarantine.h"

namespace chela::heartbeat {
namespace {

// The checks that may start, as lists for the schedule.
struct Free {
  std::vector<std::size_t> positions;
  std::vector<CheckPlan> plans;
  std::vector<CheckTimes> times;
};

bool is_on_trial(const Candidates& all, const std::string& plugin) {
  for (std::size_t i = 0; i < all.plans.size(); ++i) {
    if (all.plugins[i] == plugin && all.under_way.contains(all.plans[i].id)) return true;
  }
  return false;
}

std::vector<Needer> needers(const Candidates& all) {
  std::vector<Needer> list;
  for (std::size_t i = 0; i < all.plans.size(); ++i)
    list.push_back({all.plans[i].id, all.needs[i]});
  return list;
}

Free free_of(const Candidates& all) {
  Free free;
  const auto list = all.under_way.empty() ? std::vector<Needer>() : needers(all);
  std::set<std::string> on_trial;
  for (const auto& [plugin, row] : all.quarantines) {
    if (is_on_trial(all, plugin)) on_trial.insert(plugin);
  }
  for (std::size_t i = 0; i < all.plans.size(); ++i) {
    const std::string& id = all.plans[i].id;
    if (all.under_way.contains(id) || on_trial.contains(all.plugins[i])) continue;
    if (needs_one_of(list, id, all.under_way)) continue;
    free.positions.push_back(i);
    free.plans.push_back(all.plans[i]);
    free.times.push_back(all.times[i]);
  }
  return free;
}

void put_needed_first(const Candidates& all, const Free& free, Timestamp now, Duration tick,
                      std::vector<std::size_t>& chosen) {
  const auto is_chosen = [&](std::size_t i) {
    return std::find(chosen.begin(), chosen.end(), i) != chosen.end();
  };
  for (auto& index : chosen) {
    for (bool has_moved = true; has_moved;) {  // ends: there are no circles
      has_moved = false;
      for (const auto i : free.positions) {
        const auto& needs = all.needs[index];
        if (std::find(needs.begin(), needs.end(), all.plans[i].id) == needs.end()) continue;
        if (is_chosen(i) || due_time(now, all.plans[i], all.times[i], tick).at > now) continue;
        index = i;
        has_moved = true;
        break;
      }
    }
  }
}

// Leaves the first instance of each quarantined plugin; names the others.
std::map<std::string, std::vector<std::string>> keep_one_trial(const Candidates& all,
                                                               std::vector<std::size_t>& chosen) {
  std::set<std::string> tried;
  std::map<std::string, std::vector<std::string>> left_out;
  std::erase_if(chosen, [&](std::size_t i) {
    const std::string& plugin = all.plugins[i];
    if (!all.quarantines.contains(plugin) || tried.insert(plugin).second) return false;
    left_out[plugin].push_back(all.plans[i].id);
    return true;
  });
  return left_out;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::string quarantined(const tasks::QuarantineRow& row, Timestamp now) {
  const Duration left = trial_at(row, now) - now;
  if (left <= Duration(0)) return row.plugin + " is quarantined and due for its trial run";
  return row.plugin + " is quarantined for another " + base::describe_duration(left);
}

Choice choose_one(const Candidates& all, std::size_t wanted, Timestamp now) {
  const std::string& id = all.plans[wanted].id;
  const auto row = all.quarantines.find(all.plugins[wanted]);
  if (all.under_way.contains(id) || row == all.quarantines.end()) return {{wanted}, {}};
  if (is_on_trial(all, row->first)) {
    return {{}, {id + " was not started: a trial run of " + row->first + " is under way"}};
  }
  return {{wanted}, {quarantined(row->second, now) + "; " + id + " runs because you asked"}};
}

}  // namespace

Choice choose(const Candidates& all, const Wish& wish, Timestamp now, const Policy& policy) {
  if (wish.one) return choose_one(all, *wish.one, now);
  const Free free = free_of(all);
  Choice choice;
  const auto picked = wish.all ? due_checks(now, free.plans, free.times, policy)
                               : pick_due(now, free.plans, free.times, policy);
  for (const auto& due : picked) choice.chosen.push_back(free.positions[due.index]);
  if (!wish.all) {
    put_needed_first(all, free, now, policy.tick, choice.chosen);
    keep_one_trial(all, choice.chosen);
    return choice;
  }
  const std::set<std::size_t> due(choice.chosen.begin(), choice.chosen.end());
  for (const auto position : free.positions) {
    if (!due.contains(position)) choice.chosen.push_back(position);
  }
  const auto left_out = keep_one_trial(all, choice.chosen);
  for (std::size_t i = 0; i < all.plans.size(); ++i) {  // their runs are joined
    if (all.under_way.contains(all.plans[i].id)) choice.chosen.push_back(i);
  }
  for (const auto i : choice.chosen) {
    const auto row = all.quarantines.find(all.plugins[i]);
    if (row == all.quarantines.end()) continue;
    std::string note =
        quarantined(row->second, now) + "; " + all.plans[i].id + " runs as its trial";
    if (const auto others = left_out.find(row->first); others != left_out.end())
      note += ", left out: " + joined(others->second);
    choice.notes.push_back(std::move(note));
  }
  return choice;
}

NextCheck next_check(const Candidates& all, Timestamp now, const Policy& policy) {
  const Free free = free_of(all);
  NextCheck next;
  next.at = next_due(now, free.plans, free.times, policy);
  for (std::size_t i = 0; i < free.plans.size() && next.check.empty(); ++i) {
    if (due_time(now, free.plans[i], free.times[i], policy.tick).at <= next.at)
      next.check = free.plans[i].id;
  }
  return next;
}

}  // namespace chela::heartbeat
