#include "place.h"

#include <algorithm>
#include <array>

#include "blocks.h"

namespace chela::markdown {
namespace {

int rank(State state) {
  return std::min(static_cast<int>(state), static_cast<int>(State::done));
}

const char* heading_for(State state) {
  constexpr std::array kHeadings = {"Queue", "In Progress", "Blocked", "Done"};
  return kHeadings[static_cast<std::size_t>(rank(state))];
}

// Parents of a section, from the outermost to itself.
std::vector<std::size_t> path_of(const TaskFile& file, std::size_t section) {
  std::vector<std::size_t> path;
  for (; section != 0; section = file.sections[section].parent) path.push_back(section);
  path.push_back(0);
  std::reverse(path.begin(), path.end());
  return path;
}

std::size_t shared_depth(const TaskFile& file, std::size_t a, std::size_t b) {
  const auto left = path_of(file, a);
  const auto right = path_of(file, b);
  const auto [end, other] = std::mismatch(left.begin(), left.end(), right.begin(), right.end());
  return static_cast<std::size_t>(end - left.begin());
}

// Sections whose heading says `wanted`, those near `from` first.
std::vector<std::size_t> sections_saying(const TaskFile& file, State wanted,
                                         std::optional<std::size_t> from) {
  std::vector<std::size_t> found;
  for (std::size_t i = 1; i < file.sections.size(); ++i) {
    if (file.sections[i].own == wanted) found.push_back(i);
  }
  if (from) {
    std::stable_sort(found.begin(), found.end(), [&](std::size_t a, std::size_t b) {
      return shared_depth(file, a, *from) > shared_depth(file, b, *from);
    });
  }
  if (found.size() > 2) found.resize(2);
  return found;
}

// Behind `line` there may be indented text that would read as part of a block put there: pass it.
std::size_t past_indented(const TaskFile& file, std::size_t line, std::size_t end) {
  std::size_t last = line;
  for (std::size_t i = line + 1; i < end; ++i) {
    if (is_blank(file.text_of(i))) continue;
    if (indent_columns(file.text_of(i)) == 0) break;
    last = i;
  }
  return last;
}

// The line in section `index` behind which a further task goes: its last task, else its last text.
std::size_t last_line_of(const TaskFile& file, std::size_t index) {
  const Section& section = file.sections[index];
  const std::size_t end = std::min(section.end_line, file.open_tail);
  const Task* last = nullptr;
  for (const auto& task : file.tasks) {
    if (task.section == index && task.last_line < end) last = &task;
  }
  if (last != nullptr) return past_indented(file, last->last_line, end);
  std::size_t line = end;
  while (line > section.body_line &&
         (is_blank(file.text_of(line - 1)) || is_thematic_break(file.text_of(line - 1)))) {
    --line;
  }
  // An empty section with a blank line to spare keeps one below its heading.
  const bool spare = line == section.body_line && line + 1 < end && is_blank(file.text_of(line)) &&
                     is_blank(file.text_of(line + 1));
  return spare ? line : line - 1;
}

// One past the last line of a section and of those below it.
std::size_t subtree_end(const TaskFile& file, std::size_t index) {
  std::size_t i = index + 1;
  while (i < file.sections.size() && file.sections[i].level > file.sections[index].level) ++i;
  return file.sections[i - 1].end_line;
}

// A new section before the first of a later state, behind the last of an earlier one, or at the
// end.
Place new_section(const TaskFile& file, State state, std::optional<std::size_t> from) {
  std::size_t line = file.lines.size();  // the heading goes before this line
  int level = 2;
  std::optional<std::size_t> anchor;
  if (from) {
    anchor = *from;
    while (*anchor != 0 && !file.sections[*anchor].own) anchor = file.sections[*anchor].parent;
  }
  std::optional<std::size_t> parent;
  for (std::size_t i = 1; i < file.sections.size(); ++i) {
    const Section& section = file.sections[i];
    if (anchor && *anchor != 0 && section.parent != file.sections[*anchor].parent) continue;
    if (!section.own || (parent && section.parent != *parent)) continue;
    parent = section.parent;
    level = section.level;
    if (rank(*section.own) > rank(state)) {
      line = section.first_line;
      break;
    }
    line = subtree_end(file, i);
  }
  line = std::min(line, file.open_tail);
  Place place;
  place.after_line = line == 0 ? Place::kTop : line - 1;
  place.heading = std::string(static_cast<std::size_t>(level), '#') + " " + heading_for(state);
  place.blank_before = line > 0 && !is_blank(file.text_of(line - 1));
  place.blank_after = line < file.lines.size() && !is_blank(file.text_of(line));
  return place;
}

bool has_state_headings(const TaskFile& file) {
  return std::any_of(file.sections.begin(), file.sections.end(),
                     [](const Section& s) { return s.own.has_value(); });
}

}  // namespace

std::vector<Place> places_for(const TaskFile& file, State state, std::optional<std::size_t> from) {
  std::vector<Place> places;
  const auto add = [&](std::size_t after_line) {
    places.push_back(Place{after_line, "", false, false});
  };
  auto targets = sections_saying(file, state, from);
  if (targets.empty() && state == State::cancelled)
    targets = sections_saying(file, State::done, from);
  for (const std::size_t section : targets) {
    if (file.sections[section].body_line > file.open_tail) continue;
    add(last_line_of(file, section));
    add(file.sections[section].body_line - 1);
  }
  if (state == State::queue && !has_state_headings(file) && !file.tasks.empty()) {
    const Task& last = file.tasks.back();
    add(past_indented(file, last.last_line,
                      std::min(file.sections[last.section].end_line, file.open_tail)));
  }
  places.push_back(new_section(file, state, from));
  Place at_end = places.back();
  at_end.after_line =
      std::min(file.lines.size(), file.open_tail) - 1;  // kTop where there is no line
  at_end.heading = std::string("## ") + heading_for(state);
  at_end.blank_before =
      at_end.after_line != Place::kTop && !is_blank(file.text_of(at_end.after_line));
  at_end.blank_after = file.open_tail < file.lines.size();
  places.push_back(std::move(at_end));
  return places;
}

bool section_fits(const Section& section, State state) {
  if (section.state == state) return true;
  if (state == State::queue) return !section.state;
  return state == State::cancelled && section.state == State::done;
}

std::string eol_behind(const TaskFile& file, std::size_t after_line) {
  const auto eol_of = [&](std::size_t line) {
    return file.bytes.substr(file.lines[line].end, file.lines[line].next - file.lines[line].end);
  };
  if (file.lines.empty()) return "\n";
  std::string eol = eol_of(after_line == Place::kTop ? 0 : after_line);
  if (eol.empty() && after_line != Place::kTop && after_line > 0) eol = eol_of(after_line - 1);
  return eol.empty() ? "\n" : eol;
}

}  // namespace chela::markdown
