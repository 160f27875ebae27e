#include "tasks/mirror_fields.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

namespace chela::tasks {
namespace {

bool holds(const std::vector<std::string>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::string_view trimmed(std::string_view line, bool at_the_end_only = false) {
  const auto is_blank = [](char c) { return std::isspace(static_cast<unsigned char>(c)) != 0; };
  while (!at_the_end_only && !line.empty() && is_blank(line.front())) line.remove_prefix(1);
  while (!line.empty() && is_blank(line.back())) line.remove_suffix(1);
  return line;
}

bool has_list_sign(std::string_view line) {
  return line.starts_with("- ") || line.starts_with("* ");
}

// "- 05:52 config test ok" and "config test ok" are the same note, however many backends have put
// such signs in front.
std::string_view bare(std::string_view line) {
  const auto digit = [&](std::size_t at) {
    return std::isdigit(static_cast<unsigned char>(line[at])) != 0;
  };
  while (true) {
    line = trimmed(line);
    if (has_list_sign(line)) {
      line.remove_prefix(2);
    } else if (line.size() > 6 && digit(0) && digit(1) && line[2] == ':' && digit(3) && digit(4) &&
               line[5] == ' ') {
      line.remove_prefix(6);
    } else {
      return line;
    }
  }
}

// As it is written to the other side: indented as it was, without the sign of a list.
std::string_view carried(std::string_view line) {
  const auto text = trimmed(line);
  return has_list_sign(text) ? trimmed(text.substr(2)) : trimmed(line, true);
}

// Lines with something on them, as they stand.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (!bare(line).empty()) lines.push_back(line);
  }
  return lines;
}

enum class Field { title, state, priority, needs };
constexpr std::array kFields{Field::title, Field::state, Field::priority, Field::needs};

const char* name_of(Field field) {
  switch (field) {
    case Field::title:
      return "title";
    case Field::state:
      return "state";
    case Field::priority:
      return "priority";
    case Field::needs:
      return "needs";
  }
  return "";
}

const std::string& value_of(const MirrorTask& task, Field field) {
  switch (field) {
    case Field::title:
      return task.title;
    case Field::state:
      return task.state;
    case Field::priority:
      return task.priority;
    case Field::needs:
      break;
  }
  return task.needs;
}

std::optional<std::string>& member_of(MirrorOperation& operation, Field field) {
  switch (field) {
    case Field::title:
      return operation.title;
    case Field::state:
      return operation.state;
    case Field::priority:
      return operation.priority;
    case Field::needs:
      break;
  }
  return operation.needs;
}

bool is_kept(Field field, const Capabilities& keeps) {
  if (field == Field::priority) return !keeps.priorities.empty();
  return field != Field::needs || keeps.keeps_needs;
}

// How `value` looks at a backend that keeps this; nullopt where it has nothing like it.
std::optional<std::string> shown_at(Field field, const std::string& value,
                                    const Capabilities& keeps) {
  if (field == Field::title || field == Field::needs) return value;
  const auto nearest =
      field == Field::state ? nearest_state(value, keeps) : nearest_priority(value, keeps);
  if (nearest.empty()) return std::nullopt;
  return nearest;
}

// When somebody touched this side, as far as can be told.
Timestamp touched_at(const MirrorTask& task, const MirrorTask* base, Timestamp now) {
  const bool has_moved =
      task.updated && (base == nullptr || !base->updated || *task.updated > *base->updated);
  return has_moved ? std::min(*task.updated, now) : now;
}

class Merge {
 public:
  Merge(PairPlan& plan, const MirrorInput& input, Timestamp now,
        std::vector<std::string>& conflicts)
      : plan_(plan), input_(input), now_(now), conflicts_(conflicts) {
    to_source_.side = Side::source;
    to_source_.id = plan.source->id;
    to_mirror_.side = Side::mirror;
    to_mirror_.id = plan.mirror->id;
  }

  void run() {
    merge_notes();
    for (const auto field : kFields) merge_field(field);
    // The source first: what was done there and not here is found alike by the next round.
    for (auto* operation : {&to_source_, &to_mirror_}) {
      const bool has_fields = std::any_of(kFields.begin(), kFields.end(), [&](Field field) {
        return member_of(*operation, field).has_value();
      });
      if (has_fields || !operation->notes.empty()) plan_.operations.push_back(*operation);
    }
  }

 private:
  const MirrorTask* base_of(Side side) const {
    if (!plan_.before) return nullptr;
    return &on(side, *plan_.before);
  }

  void merge_notes() {
    if (!input_.source_keeps.keeps_notes || !input_.mirror_keeps.keeps_notes) return;
    const auto& source = plan_.source->notes;
    const auto& mirror = plan_.mirror->notes;
    const auto known = [&](Side side) -> std::string_view {
      return base_of(side) == nullptr ? std::string_view() : base_of(side)->notes;
    };
    to_mirror_.notes = new_lines(source, known(Side::source), mirror);
    to_source_.notes = new_lines(mirror, known(Side::mirror), source);
  }

  void merge_field(Field field) {
    if (!is_kept(field, input_.source_keeps) || !is_kept(field, input_.mirror_keeps)) return;
    const bool is_title = field == Field::title;
    if (is_title && (plan_.source->title.empty() || plan_.mirror->title.empty())) return;
    const auto& source = value_of(*plan_.source, field);
    const auto& mirror = value_of(*plan_.mirror, field);
    const bool source_changed =
        base_of(Side::source) == nullptr || value_of(*base_of(Side::source), field) != source;
    const bool mirror_changed =
        base_of(Side::mirror) == nullptr || value_of(*base_of(Side::mirror), field) != mirror;
    if (!source_changed && !mirror_changed) return;
    const auto at_mirror = shown_at(field, source, input_.mirror_keeps);
    const auto at_source = shown_at(field, mirror, input_.source_keeps);
    // Where neither was the first to change, alike is alike, also after rounding.
    if (source_changed && (at_mirror == mirror || (mirror_changed && at_source == source))) return;
    if (mirror_changed && !source_changed && at_source == source) return;
    const bool is_conflict = source_changed && mirror_changed;
    const auto winner =
        !is_conflict ? (source_changed ? Side::source : Side::mirror) : last_touched(field, source);
    if (winner == Side::source && at_mirror) member_of(to_mirror_, field) = *at_mirror;
    if (winner == Side::mirror && at_source) member_of(to_source_, field) = *at_source;
    if (is_conflict) note_loser(field, winner, winner == Side::source ? mirror : source);
  }

  Side last_touched(Field field, const std::string& source) const {
    const bool source_is_open = is_open_state(plan_.source->state);
    if (!plan_.before && field == Field::state &&
        source_is_open != is_open_state(plan_.mirror->state))
      return source_is_open ? Side::source : Side::mirror;
    if (plan_.before && plan_.before->written && value_of(*plan_.before->written, field) == source)
      return Side::mirror;
    const auto source_at = touched_at(*plan_.source, base_of(Side::source), now_);
    const auto mirror_at = touched_at(*plan_.mirror, base_of(Side::mirror), now_);
    return mirror_at > source_at ? Side::mirror : Side::source;
  }

  void note_loser(Field field, Side winner, const std::string& lost) {
    const auto& loser = winner == Side::source ? input_.mirror_name : input_.source_name;
    const auto value = lost.empty() ? std::string("empty") : lost;
    const auto note = std::string("was: ") + name_of(field) + " \"" + value + "\" in " + loser;
    const auto add = [&](MirrorOperation& to, const MirrorTask& task, const Capabilities& keeps) {
      const bool is_there = std::find(to.notes.begin(), to.notes.end(), note) != to.notes.end() ||
                            new_lines(note, "", task.notes).empty();
      if (keeps.keeps_notes && !is_there) to.notes.push_back(note);
    };
    add(to_source_, *plan_.source, input_.source_keeps);
    add(to_mirror_, *plan_.mirror, input_.mirror_keeps);
    conflicts_.push_back("task " + plan_.source->id + " (" + plan_.source->title + "): both " +
                         input_.source_name + " and " + input_.mirror_name + " changed the " +
                         name_of(field) + "; " +
                         (winner == Side::source ? input_.source_name : input_.mirror_name) +
                         " was touched last and stays; " + note);
  }

  PairPlan& plan_;
  const MirrorInput& input_;
  Timestamp now_;
  std::vector<std::string>& conflicts_;
  MirrorOperation to_source_;
  MirrorOperation to_mirror_;
};

}  // namespace

std::string nearest_state(std::string_view state, const Capabilities& keeps) {
  if (holds(keeps.states, state)) return std::string(state);
  constexpr std::array<std::string_view, 3> open{"queue", "in_progress", "blocked"};
  constexpr std::array<std::string_view, 2> closed{"done", "cancelled"};
  const auto first = [&](const auto& names) -> std::string {
    for (const auto name : names)
      if (holds(keeps.states, name)) return std::string(name);
    return "";
  };
  return is_open_state(state) ? first(open) : first(closed);
}

std::string nearest_priority(std::string_view priority, const Capabilities& keeps) {
  constexpr std::array<std::string_view, 4> order{"none", "low", "medium", "high"};
  const auto rank = [&](std::string_view name) {
    return std::find(order.begin(), order.end(), name) - order.begin();
  };
  std::string best;
  for (const auto name : order) {
    if (!holds(keeps.priorities, name)) continue;
    const auto distance = std::abs(rank(name) - rank(priority));
    // Of two as near, the more urgent.
    if (best.empty() || distance <= std::abs(rank(best) - rank(priority))) best = name;
  }
  return best;
}

std::vector<std::string> new_lines(std::string_view notes, std::string_view known,
                                   std::string_view other) {
  using Counts = std::map<std::string_view, int>;
  const auto count = [](std::string_view text) {
    Counts counts;
    for (const auto line : lines_of(text)) ++counts[bare(line)];
    return counts;
  };
  Counts in_known = count(known), in_other = count(other), seen;
  std::vector<std::string> added;
  for (const auto line : lines_of(notes)) {
    const auto text = bare(line);
    if (++seen[text] > std::max(in_known[text], in_other[text])) added.emplace_back(carried(line));
  }
  return added;
}

bool is_touched(const MirrorTask& task, const MirrorPair& before, Side side) {
  const auto& base = on(side, before);
  const auto* written = side == Side::source && before.written ? &*before.written : nullptr;
  for (const auto field : kFields) {
    const bool has_changed = value_of(task, field) != value_of(base, field);
    const bool is_ours = written != nullptr && value_of(*written, field) == value_of(task, field);
    if (has_changed && !is_ours) return true;
  }
  return !new_lines(task.notes, base.notes, written != nullptr ? written->notes : "").empty();
}

void merge_fields(PairPlan& plan, const MirrorInput& input, Timestamp now,
                  std::vector<std::string>& conflicts) {
  Merge(plan, input, now, conflicts).run();
}

}  // namespace chela::tasks
