#include "tasks/mirror.h"

#include <algorithm>
#include <map>
#include <set>

#include "tasks/mirror_fields.h"

namespace chela::tasks {
namespace {

constexpr std::size_t kBelievedRemovals = 3;
constexpr int kMostKeys =
    8;  // that are looked for; more lines of one title in a row are unheard of

using ById = std::map<std::string, MirrorTask>;

ById by_id(const std::vector<MirrorTask>& tasks) {
  ById found;
  for (const auto& task : tasks) found.emplace(task.id, task);
  return found;
}

// Takes the task out of `tasks`.
std::optional<MirrorTask> take(ById& tasks, const std::string& id) {
  const auto found = tasks.find(id);
  if (found == tasks.end()) return std::nullopt;
  auto task = std::move(found->second);
  tasks.erase(found);
  return task;
}

// The only open one of this title.
std::optional<std::string> id_by_title(const ById& tasks, const std::string& title) {
  std::optional<std::string> id;
  for (const auto& [key, task] : tasks) {
    if (task.title != title || !is_open_state(task.state)) continue;
    if (id) return std::nullopt;
    id = key;
  }
  return id;
}

std::optional<std::string> id_by_key(const ById& tasks, const std::string& key) {
  if (tasks.contains(key)) return key;
  for (const auto& [id, task] : tasks)
    if (!task.key.empty() && task.key == key) return id;
  return std::nullopt;
}

class Round {
 public:
  Round(const MirrorInput& input, Timestamp now)
      : input_(input), now_(now), lone_{by_id(input.source), by_id(input.mirror)} {
    for (const auto side : {Side::source, Side::mirror}) {
      auto& names = on(side, listed_);
      for (const auto& task : on(side, input)) add_names(task, names);
      on(side, known_) = names;
      for (const auto& pair : input.base) add_names(on(side, pair), on(side, known_));
    }
  }

  MirrorPlan run() {
    find_known();
    pair_new();
    pair_renamed(Side::source);
    pair_renamed(Side::mirror);
    if (!input_.believes_removals) plan_.problem = disbelief();
    if (!plan_.problem.empty()) {
      plan_.pairs.clear();
      return std::move(plan_);
    }
    for (auto& pair : plan_.pairs) decide(pair);
    create_lone(Side::source);
    create_lone(Side::mirror);

    return std::move(plan_);
  }

 private:
  using Names = std::set<std::string>;

  static void add_names(const MirrorTask& task, Names& names) {
    names.insert(task.id);
    if (!task.key.empty()) names.insert(task.key);
  }

  void find_known() {
    for (const auto& pair : input_.base) {
      PairPlan known;
      known.before = pair;
      known.source = take(lone_.source, pair.source.id);
      known.mirror = take(lone_.mirror, pair.mirror.id);
      plan_.pairs.push_back(std::move(known));
    }
    for (auto& pair : plan_.pairs) {
      const auto key = key_for(pair.before->source.id);
      refind(pair.source, lone_.source, key, pair.before->source, pair.mirror);
      refind(pair.mirror, lone_.mirror, key, pair.before->mirror, pair.source);
    }
  }

  std::string key_for(const std::string& source_id) const {
    return key_for_mirror(input_.source_name, source_id);
  }

  // The keys, one after another, under which a task of `from` may be made on the other side.
  std::string nth_key(Side from, const std::string& id, int n) const {
    const auto& name = name_of(from);
    if (n > 0) return mirror_key(name, id + "\n" + std::to_string(n));
    return from == Side::source ? key_for(id) : mirror_key(name, id);
  }

  // The first one that is no other task's already, as of one that was renamed, whose old title is a
  // new task's now.
  std::string free_key(Side from, const std::string& id) const {
    const auto& known = on(other_side(from), known_);
    int n = 0;
    while (known.contains(nth_key(from, id, n))) ++n;
    return nth_key(from, id, n);
  }

  // To make a task again that is gone from the other side: as it was called there.
  std::string key_again(const PairPlan& pair, Side from) const {
    auto key = key_for(pair.before->source.id);
    for (int n = 1; on(other_side(from), listed_).contains(key); ++n)
      key = nth_key(from, pair.before->source.id, n);
    return key;
  }

  // What was made for it before a crash, under the first key that was free then.
  std::optional<std::string> made_for(Side from, const std::string& id) const {
    const auto other = other_side(from);
    for (int n = 0; n < kMostKeys; ++n) {
      const auto key = nth_key(from, id, n);
      if (auto found = id_by_key(on(other, lone_), key)) return found;
      if (!on(other, known_).contains(key)) break;
    }
    return std::nullopt;
  }

  // It was created again just before a crash, by a backend that may not say its key; or its backend
  // keeps no ids, and names a task anew when somebody edits its line.
  static void refind(std::optional<MirrorTask>& task, ById& tasks, const std::string& key,
                     const MirrorTask& before, const std::optional<MirrorTask>& partner) {
    if (task) return;
    auto id = id_by_key(tasks, key);
    // One that was closed is tidied away, and an open one with its title is a new task.
    if (!id && is_open_state(before.state)) id = id_by_title(tasks, before.title);
    if (!id && partner && is_open_state(partner->state)) id = id_by_title(tasks, partner->title);
    if (id) task = take(tasks, *id);
  }

  // A list that suddenly lacks most of what it had is an outage, not a decision.
  std::string disbelief() const {
    std::size_t open_at_source = 0, open_at_mirror = 0, gone_at_source = 0, gone_at_mirror = 0;
    for (const auto& pair : plan_.pairs) {
      if (!pair.before) continue;
      const bool is_nowhere = !pair.source && !pair.mirror;
      if (is_nowhere && pair.before->missing) continue;
      const auto* left = pair.source ? &*pair.source : pair.mirror ? &*pair.mirror : nullptr;
      const bool is_over =
          !(pair.source && pair.mirror) && left != nullptr && !is_open_state(left->state);
      if (is_over) continue;
      if (is_open_state(pair.before->source.state)) ++open_at_source;
      if (is_open_state(pair.before->mirror.state)) ++open_at_mirror;
      if (!pair.source && is_open_state(pair.before->source.state)) ++gone_at_source;
      if (!pair.mirror && is_open_state(pair.before->mirror.state)) ++gone_at_mirror;
    }
    const auto line = [](const std::string& name, std::size_t gone, std::size_t all) {
      const bool is_believed =
          gone < 2 || gone * 2 < all || (gone <= kBelievedRemovals && gone < all);
      if (is_believed) return std::string();
      return name + ": " + std::to_string(gone) + " of " + std::to_string(all) +
             " open tasks are gone at once; taken as 'could not see', nothing is changed";
    };
    const auto source = line(input_.source_name, gone_at_source, open_at_source);
    return source.empty() ? line(input_.mirror_name, gone_at_mirror, open_at_mirror) : source;
  }

  // The open tasks of one side that are gone, and those that are new there, one to one.
  void pair_renamed(Side side) {
    ById& lone = on(side, lone_);
    const auto is_alike = [](const MirrorTask& a, const MirrorTask& b) {
      return a.state == b.state && a.priority == b.priority && a.needs == b.needs &&
             a.notes == b.notes;
    };
    const auto is_gone = [&](const PairPlan& pair) {
      if (!pair.before || pair.before->missing || pair.before->made == side) return false;
      const auto& then = on(side, *pair.before);
      return !on(side, pair) && on(other_side(side), pair) && then.is_derived &&
             is_open_state(then.state);
    };
    std::vector<std::pair<PairPlan*, std::string>> renamed;
    for (auto& pair : plan_.pairs) {
      if (!is_gone(pair)) continue;
      const auto& then = on(side, *pair.before);
      const auto twins = std::count_if(
          plan_.pairs.begin(), plan_.pairs.end(),
          [&](const auto& one) { return is_gone(one) && is_alike(then, on(side, *one.before)); });
      std::vector<std::string> candidates;
      for (const auto& [id, task] : lone)
        if (task.is_derived && is_alike(then, task)) candidates.push_back(id);
      if (twins == 1 && candidates.size() == 1) renamed.emplace_back(&pair, candidates.front());
    }
    for (auto& [pair, id] : renamed) on(side, *pair) = take(lone, id);
  }

  void pair_new() {
    std::vector<std::pair<std::string, std::string>> matches;
    for (const auto& [id, task] : lone_.source) {
      if (const auto other = made_for(Side::source, id)) matches.emplace_back(id, *other);
    }
    take_matches(matches);
    for (const auto& [id, task] : lone_.mirror) {
      if (const auto own = made_for(Side::mirror, id)) matches.emplace_back(*own, id);
    }
    take_matches(matches);
    for (const auto& [id, task] : lone_.source) {
      const auto other = id_by_title(lone_.mirror, task.title);
      if (other && id_by_title(lone_.source, task.title) == id) matches.emplace_back(id, *other);
    }
    take_matches(matches);
  }

  void take_matches(std::vector<std::pair<std::string, std::string>>& matches) {
    for (const auto& [source, mirror] : matches) {
      if (!lone_.source.contains(source) || !lone_.mirror.contains(mirror)) continue;
      PairPlan pair;
      pair.source = take(lone_.source, source);
      pair.mirror = take(lone_.mirror, mirror);
      plan_.pairs.push_back(std::move(pair));
    }
    matches.clear();
  }

  void decide(PairPlan& pair) {
    if (pair.source && pair.mirror) return merge_fields(pair, input_, now_, plan_.conflicts);
    if (!pair.source && !pair.mirror) {
      pair.is_dropped = true;
      return;
    }
    const auto left = pair.source ? Side::source : Side::mirror;
    const auto other = other_side(left);
    const auto& task = *on(left, pair);

    pair.missing = other;
    pair.missing_since = pair.before->missing == other ? pair.before->missing_since : now_;
    if (pair.missing_since > now_) pair.missing_since = now_;  // the clock has gone back
    if (!is_open_state(task.state)) return;
    if (is_touched(task, *pair.before, left)) {
      pair.operations.push_back(creation(task, left, key_again(pair, left)));
      return;
    }
    if (pair.before->made == other && !input_.believes_removals) {
      plan_.complaints.push_back(name_of(other) + " does not list '" + task.title +
                                 "', which it said it had made");
      return;
    }
    if (!is_open_state(on(other, *pair.before).state)) return;  // it could not be closed here
    if (!input_.believes_removals && now_ - pair.missing_since < kAbsence) return;
    const auto& keeps = keeps_of(left);
    MirrorOperation close;
    close.side = left;
    close.id = task.id;
    if (auto state = nearest_state("cancelled", keeps); !state.empty()) close.state = state;
    if (keeps.keeps_notes) close.notes = {"removed in " + name_of(other)};
    if (close.state) pair.operations.push_back(std::move(close));
  }

  const std::string& name_of(Side side) const {
    return side == Side::source ? input_.source_name : input_.mirror_name;
  }

  const Capabilities& keeps_of(Side side) const {
    return side == Side::source ? input_.source_keeps : input_.mirror_keeps;
  }

  // Makes on the other side what `from` shows.
  MirrorOperation creation(const MirrorTask& task, Side from, std::string key) const {
    const auto& keeps = keeps_of(other_side(from));
    MirrorOperation create;
    create.kind = MirrorOperation::Kind::create;
    create.side = other_side(from);
    create.id = std::move(key);
    create.title = task.title;
    if (auto state = nearest_state(task.state, keeps); !state.empty()) create.state = state;
    if (!keeps.priorities.empty()) create.priority = nearest_priority(task.priority, keeps);
    if (keeps.keeps_needs) create.needs = task.needs;
    if (keeps.keeps_notes) create.notes = new_lines(task.notes, "", "");
    return create;
  }

  // In the order of the list, so that people find it kept.
  void create_lone(Side side) {
    const ById& lone = on(side, lone_);
    for (const auto& task : on(side, input_)) {
      const std::string& id = task.id;
      if (!lone.contains(id) || !is_open_state(task.state) || task.title.empty()) continue;
      PairPlan pair;
      on(side, pair) = task;
      pair.operations.push_back(creation(task, side, free_key(side, id)));
      plan_.pairs.push_back(std::move(pair));
    }
  }

  const MirrorInput& input_;
  Timestamp now_;
  struct {
    ById source, mirror;
  } lone_;  // those without a pair yet
  struct {
    Names source, mirror;
  } listed_, known_;  // ids and keys: of the lists; of the lists and of the pairs

  MirrorPlan plan_;
};

}  // namespace

MirrorPlan reconcile(const MirrorInput& input, Timestamp now) {
  return Round(input, now).run();
}

}  // namespace chela::tasks
