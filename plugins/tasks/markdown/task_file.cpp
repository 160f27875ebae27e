#include "task_file.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>

#include "blocks.h"

namespace chela::markdown {
namespace {

struct Synonym {
  std::string_view words;
  State state;
};
constexpr std::array kSynonyms = {
    Synonym{"queue", State::queue},
    Synonym{"queued", State::queue},
    Synonym{"todo", State::queue},
    Synonym{"todos", State::queue},
    Synonym{"to do", State::queue},
    Synonym{"backlog", State::queue},
    Synonym{"next", State::queue},
    Synonym{"next up", State::queue},
    Synonym{"up next", State::queue},
    Synonym{"inbox", State::queue},
    Synonym{"open", State::queue},
    Synonym{"new", State::queue},
    Synonym{"planned", State::queue},
    Synonym{"pending", State::queue},
    Synonym{"ready", State::queue},
    Synonym{"upcoming", State::queue},
    Synonym{"not started", State::queue},
    Synonym{"in progress", State::in_progress},
    Synonym{"inprogress", State::in_progress},
    Synonym{"in flight", State::in_progress},
    Synonym{"doing", State::in_progress},
    Synonym{"active", State::in_progress},
    Synonym{"wip", State::in_progress},
    Synonym{"work in progress", State::in_progress},
    Synonym{"working", State::in_progress},
    Synonym{"working on", State::in_progress},
    Synonym{"started", State::in_progress},
    Synonym{"ongoing", State::in_progress},
    Synonym{"running", State::in_progress},
    Synonym{"current", State::in_progress},
    Synonym{"now", State::in_progress},
    Synonym{"blocked", State::blocked},
    Synonym{"waiting", State::blocked},
    Synonym{"waiting for", State::blocked},
    Synonym{"waiting on", State::blocked},
    Synonym{"on hold", State::blocked},
    Synonym{"hold", State::blocked},
    Synonym{"stuck", State::blocked},
    Synonym{"paused", State::blocked},
    Synonym{"needs human", State::blocked},
    Synonym{"needs input", State::blocked},
    Synonym{"needs attention", State::blocked},
    Synonym{"done", State::done},
    Synonym{"completed", State::done},
    Synonym{"complete", State::done},
    Synonym{"finished", State::done},
    Synonym{"closed", State::done},
    Synonym{"resolved", State::done},
    Synonym{"shipped", State::done},
    Synonym{"archive", State::done},
    Synonym{"archived", State::done},
    Synonym{"cancelled", State::cancelled},
    Synonym{"canceled", State::cancelled},
    Synonym{"dropped", State::cancelled},
    Synonym{"abandoned", State::cancelled},
    Synonym{"rejected", State::cancelled},
    Synonym{"wontfix", State::cancelled},
    Synonym{"won t do", State::cancelled},
    Synonym{"won t fix", State::cancelled},
};

// Lower-case words with one blank between; signs, emoji and numbers are left out.
std::string words_of(std::string_view text) {
  std::string words;
  for (const char c : lower_ascii(text)) {
    const bool is_letter = c >= 'a' && c <= 'z';
    if (is_letter) words += c;
    if (!is_letter && !words.empty() && words.back() != ' ') words += ' ';
  }
  if (!words.empty() && words.back() == ' ') words.pop_back();
  return words;
}

// What heading and box say together: closed boxes decide; else whichever is further along.
State resolve(char box, std::optional<State> heading) {
  if (box == 'x' || box == 'X') return State::done;
  if (box == '-') return State::cancelled;
  State said = State::queue;
  if (box == '/') said = State::in_progress;
  if (box == 'h' || box == '!') said = State::blocked;
  return heading ? std::max(said, *heading) : said;
}

std::string human_or_nothing(const Field* needs) {
  return needs != nullptr && lower_ascii(needs->value) == "human" ? "human" : "";
}

void read_fields(Task& task) {
  const auto value = [&](std::string_view key) {
    const Field* field = task.text.find(key);
    return field == nullptr ? std::string() : field->value;
  };
  task.id = value("id");
  task.title = task.text.title;
  task.priority = canonical_priority(value("priority"));
  task.needs = human_or_nothing(task.text.find("needs"));
  task.created = value("created");
  task.updated = value("updated");
  task.completion = value("completion");
  task.owner = value("owner");
  constexpr std::array<std::string_view, 7> kOurs = {"id",      "priority",   "needs", "created",
                                                     "updated", "completion", "owner"};
  for (const auto& field : task.text.fields) {
    const bool ours = std::find(kOurs.begin(), kOurs.end(), field.key) != kOurs.end();
    if (!ours || (field.key == "needs" && task.needs.empty())) {
      task.other_fields.emplace_back(field.key, field.value);
    }
  }
}

// Walks the lines once; each method handles one kind of block and moves `at_` behind it.
class Parser {
 public:
  explicit Parser(TaskFile& file) : file_(file) {}

  void run() {
    file_.sections.push_back({});
    skip_front_matter();
    while (at_ < file_.lines.size()) step();
    file_.sections.back().end_line = file_.lines.size();
  }

 private:
  void step() {
    const std::string_view line = file_.text_of(at_);
    if (is_blank(line)) return next();
    const std::size_t indent = indent_columns(line);
    while (!lists_.empty() && lists_.back() >= indent) lists_.pop_back();
    if (indent > 3 && lists_.empty()) return next();  // indented code
    const auto item = list_item_at(line);
    if (item && item->has_box && task(*item)) return;
    std::string_view opener = line;
    std::optional<std::size_t> container;
    if (!lists_.empty()) container = lists_.back();
    for (auto inner = item; inner; inner = list_item_at(opener)) {
      container = indent;
      opener = opener.substr(inner->content);
    }
    if (item) lists_.push_back(indent);
    if (const auto opaque = opaque_at(file_.bytes, file_.lines, at_, opener, container))
      return skip(*opaque);
    if (item || is_block_quote(line)) return next();
    heading(line);
  }

  void next() { ++at_; }

  void skip(const Opaque& opaque) {
    if (!opaque.is_closed) file_.open_tail = at_;
    at_ = opaque.end_line;
  }

  void skip_front_matter() {
    if (file_.lines.empty() || file_.text_of(0) != "---") return;
    for (std::size_t i = 1; i < file_.lines.size(); ++i) {
      if (file_.text_of(i) == "---" || file_.text_of(i) == "...") {
        at_ = i + 1;
        return;
      }
    }
  }

  void heading(std::string_view line) {
    if (const auto atx = heading_at(line)) return open_section(*atx, 1);
    const std::string_view below = at_ + 1 < file_.lines.size() ? file_.text_of(at_ + 1) : "";
    const int level = indent_columns(line) < 4 ? setext_level(below) : 0;
    // A line of "-" below prose is as often a rule as a heading: it counts where the prose is a
    // state.
    if (level == 1 || (level == 2 && state_of_heading(line)))
      return open_section({level, trim(line)}, 2);
    next();
  }

  void open_section(const Heading& heading, std::size_t height) {
    lists_.clear();
    auto& sections = file_.sections;
    sections.back().end_line = at_;
    Section section;
    section.name = heading.text;
    section.level = heading.level;
    section.own = state_of_heading(heading.text);
    section.parent = sections.size() - 1;
    while (section.parent != 0 && sections[section.parent].level >= heading.level) {
      section.parent = sections[section.parent].parent;
    }
    section.state = section.own ? section.own : sections[section.parent].state;
    section.first_line = at_;
    section.body_line = at_ + height;
    sections.push_back(std::move(section));
    at_ += height;
  }

  // False where the box is a placeholder: nothing stands behind it.
  bool task(const ListItem& item) {
    const std::string_view line = file_.text_of(at_);
    Task task;
    task.text = scan_line_text(line.substr(item.text_begin));
    read_fields(task);
    if (task.title.empty() && task.id.empty()) return false;
    const std::size_t begin = file_.lines[at_].begin;
    task.line = at_;
    task.section = file_.sections.size() - 1;
    task.indent = item.indent;
    task.content_indent = item.content_indent;
    task.box = begin + item.box;
    task.text_begin = begin + item.text_begin;
    task.state = resolve(file_.bytes[task.box], file_.sections.back().state);
    task.last_line = block_end(item);
    task.notes = notes_of(task);
    lists_.push_back(item.indent);
    at_ = task.last_line + 1;
    file_.tasks.push_back(std::move(task));
    return true;
  }

  // The last line that is indented deeper than the marker. A heading needs no more than a blank too
  // few.
  std::size_t block_end(const ListItem& item) {
    std::size_t last = at_;
    for (std::size_t i = at_ + 1; i < file_.lines.size(); ++i) {
      const std::string_view line = file_.text_of(i);
      if (is_blank(line)) continue;
      const std::size_t indent = indent_columns(line);
      if (indent <= item.indent) break;
      if (indent < item.content_indent && heading_at(line)) break;
      last = i = std::max(i, opaque_last(i, item.indent));
    }
    return last;
  }

  // The last line of the fence or comment that opens on line `at` inside a block. Pasted code is
  // often not indented, so its text may stand further left, but neither another task nor a state's
  // heading may be in it.
  std::size_t opaque_last(std::size_t at, std::size_t marker) {
    constexpr std::size_t kMaxLines = 2000;
    const std::size_t limit = std::min(file_.lines.size(), at + std::min(kMaxLines, lookahead_));
    const auto opaque =
        opaque_at(file_.bytes, file_.lines, at, file_.text_of(at), std::nullopt, limit);
    if (!opaque) return at;
    if (!opaque->is_closed) {
      lookahead_ -= std::min(lookahead_, limit - at);
      return at;
    }
    for (std::size_t i = at + 1; i < opaque->end_line; ++i) {
      const std::string_view line = file_.text_of(i);
      if (is_blank(line) || indent_columns(line) > marker) continue;
      const auto item = list_item_at(line);
      const auto title = heading_at(line);
      if ((item && item->has_box) || (title && state_of_heading(title->text))) return at;
      if (i + 1 == opaque->end_line)
        return at;  // a closing fence at the margin belongs to something else
    }
    return opaque->end_line - 1;
  }

  std::string notes_of(const Task& task) const {
    std::size_t common = std::string::npos;
    for (std::size_t i = task.line + 1; i <= task.last_line; ++i) {
      const std::string_view line = file_.text_of(i);
      const std::size_t indent = indent_columns(line);
      if (!is_blank(line) && indent > task.indent) common = std::min(common, indent);
    }
    std::string notes;
    for (std::size_t i = task.line + 1; i <= task.last_line; ++i) {
      if (i > task.line + 1) notes += '\n';
      const std::string_view line = file_.text_of(i);
      if (!is_blank(line)) notes += without_indent(line, common);
    }
    return notes;
  }

  TaskFile& file_;
  std::size_t at_ = 0;
  std::size_t lookahead_ =
      200'000;  // lines that may be looked at in vain, so that hostile files stay quick
  std::vector<std::size_t> lists_;  // columns of the list markers that are open around at_
};

// FNV-1a with a finishing mix; six characters of Crockford's base 32.
std::string derived_id(std::string_view title, std::size_t nth) {
  std::uint64_t hash = 0xcbf29ce484222325u + nth * 0x9e3779b97f4a7c15u;
  for (const char c : title) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9u;
  hash ^= hash >> 27;
  std::string id(6, '0');
  for (char& c : id) {
    c = "0123456789abcdefghjkmnpqrstvwxyz"[hash % 32];
    hash /= 32;
  }
  return id;
}

void name_tasks(std::vector<Task>& tasks) {
  std::set<std::string, std::less<>> taken;
  for (auto& task : tasks) {
    if (!task.id.empty() && taken.insert(task.id).second) task.handle = task.id;
  }
  std::map<std::string_view, std::size_t> nth;
  for (auto& task : tasks) {
    while (task.handle.empty()) {
      std::string id = derived_id(task.title, nth[task.title]++);
      if (taken.insert(id).second) task.handle = std::move(id);
    }
  }
}

}  // namespace

const char* to_string(State state) {
  constexpr std::array kNames = {"queue", "in_progress", "blocked", "done", "cancelled"};
  return kNames[static_cast<std::size_t>(state)];
}

std::optional<State> parse_state(std::string_view name) {
  for (const auto state :
       {State::queue, State::in_progress, State::blocked, State::done, State::cancelled}) {
    if (name == to_string(state)) return state;
  }
  return std::nullopt;
}

std::optional<State> state_of_heading(std::string_view text) {
  const std::string words = words_of(text);
  const auto found = std::find_if(kSynonyms.begin(), kSynonyms.end(),
                                  [&](const Synonym& s) { return s.words == words; });
  return found == kSynonyms.end() ? std::nullopt : std::optional(found->state);
}

std::string_view TaskFile::text_of(std::size_t line) const {
  return std::string_view(bytes).substr(lines[line].begin, lines[line].end - lines[line].begin);
}

const Task* TaskFile::find(std::string_view handle) const {
  const auto found =
      std::find_if(tasks.begin(), tasks.end(), [&](const Task& t) { return t.handle == handle; });
  return found == tasks.end() ? nullptr : &*found;
}

TaskFile parse(std::string bytes) {
  TaskFile file;
  file.bytes = std::move(bytes);
  file.lines = split_lines(file.bytes);
  file.open_tail = file.lines.size();
  Parser(file).run();
  name_tasks(file.tasks);
  return file;
}

}  // namespace chela::markdown
