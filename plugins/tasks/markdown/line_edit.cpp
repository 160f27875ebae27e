#include "line_edit.h"

#include <algorithm>

namespace chela::markdown {
namespace {

// The leading blanks that a further line of this block should have: those of its least indented
// line.
std::string note_indent(const TaskFile& file, const Task& task) {
  std::string_view best;
  std::size_t columns = std::string::npos;
  for (std::size_t i = task.line + 1; i <= task.last_line; ++i) {
    const std::string_view line = file.text_of(i);
    const std::size_t indent = indent_columns(line);
    if (is_blank(line) || indent <= task.indent || indent >= columns) continue;
    columns = indent;
    best = line.substr(0, indent_bytes(line));
  }
  if (columns != std::string::npos) return std::string(best);
  const std::string_view line = file.text_of(task.line);
  return std::string(line.substr(0, indent_bytes(line))) +
         std::string(task.content_indent - task.indent, ' ');
}

}  // namespace

void LineEdit::set_box(char box) {
  const char now = file_.bytes[task_.box];
  const bool same = now == box || (now == 'X' && box == 'x');
  if (!same) splices_.push_back({task_.box, 1, std::string(1, box)});
}

void LineEdit::set_title(std::string_view title) {
  const auto& spans = task_.text.title_spans;
  if (spans.empty()) {
    splices_.push_back({task_.text_begin, 0, std::string(title) + " "});
    return;
  }
  splices_.push_back(
      {task_.text_begin + spans[0].begin, spans[0].end - spans[0].begin, std::string(title)});
  for (std::size_t i = 1; i < spans.size(); ++i) erase(spans[i].begin, spans[i].end);
}

void LineEdit::set_field(std::string_view key, std::string_view value) {
  bool is_written = false;
  for (const auto& field : task_.text.fields) {
    if (field.key != key) continue;
    if (value.empty() || is_written) {
      erase(field.begin, field.end);
      continue;
    }
    is_written = true;
    const bool by_sign = field.style == FieldStyle::emoji && field.value_begin == field.begin;
    const std::string written = by_sign ? emoji_for(key, value) : std::string(value);
    const std::size_t begin = task_.text_begin + field.value_begin;
    const std::size_t length = field.value_end - field.value_begin;
    if (file_.bytes.compare(begin, length, written) != 0)
      splices_.push_back({begin, length, written});
  }
  if (!is_written && !value.empty()) append_field(key, value);
}

void LineEdit::append_field(std::string_view key, std::string_view value) {
  const bool emoji_line =
      task_.text.has_style(FieldStyle::emoji) && !task_.text.has_style(FieldStyle::dataview);
  const std::string sign = emoji_line ? emoji_for(key, value) : "";
  if (sign.empty()) {
    dataview_ += dataview(key, value);
    return;
  }
  emoji_ += " " + sign;
  if (key != "priority") emoji_ += " " + std::string(value);
}

void LineEdit::add_note(std::string_view text, std::string_view eol) {
  note_ += indented(text, note_indent(file_, task_), eol);
}

void LineEdit::erase(std::size_t begin, std::size_t end) {
  const std::size_t at = task_.text_begin + begin;
  const std::size_t behind = task_.text_begin + end;
  const std::size_t line_end = file_.lines[task_.line].end;
  const bool blank_before = begin > 0 && is_space(file_.bytes[at - 1]);
  const bool blank_behind = behind >= line_end || is_space(file_.bytes[behind]);
  if (blank_before && blank_behind) {
    splices_.push_back({at - 1, end - begin + 1, ""});
    return;
  }
  const bool would_glue = begin > 0 && !blank_before && !blank_behind;
  splices_.push_back({at, end - begin, would_glue ? " " : ""});
}

std::vector<Splice> LineEdit::take() {
  const std::size_t end = task_.text_begin + task_.text.append_at;
  std::size_t dataview_at = end;
  if (!task_.text.has_style(FieldStyle::dataview)) {
    for (const auto& field : task_.text.fields) {
      if (field.style != FieldStyle::emoji) continue;
      dataview_at = task_.text_begin + field.begin;
      while (dataview_at > task_.text_begin && is_space(file_.bytes[dataview_at - 1]))
        --dataview_at;
      // Backslashes before the emoji would mean something else before a blank.
      if (file_.bytes[dataview_at - 1] == '\\') dataview_at = end;
      break;
    }
  }
  if (!dataview_.empty()) {
    // Directly behind the box there is a blank already.
    const bool at_front = dataview_at == task_.text_begin;
    splices_.push_back({dataview_at, 0, at_front ? dataview_.substr(1) + " " : dataview_});
  }
  if (!emoji_.empty()) splices_.push_back({end, 0, emoji_});
  if (!note_.empty()) splices_.push_back({file_.lines[task_.last_line].end, 0, note_});
  sort_splices(splices_);
  return std::move(splices_);
}

std::string dataview(std::string_view key, std::string_view value) {
  return " [" + std::string(key) + ":: " + std::string(value) + "]";
}

std::string clean_note(std::string_view text) {
  auto lines = lines_of(text);
  while (!lines.empty() && is_blank(lines.back())) lines.pop_back();
  while (!lines.empty() && is_blank(lines.front())) lines.erase(lines.begin());
  std::size_t common = std::string::npos;
  for (const auto& line : lines) {
    if (!is_blank(line)) common = std::min(common, indent_columns(line));
  }
  std::string note;
  for (const auto& line : lines) {
    if (&line != &lines.front()) note += '\n';
    if (!is_blank(line)) note += without_indent(line, common);
  }
  return note;
}

bool ends_in_note(std::string_view notes, std::string_view note) {
  if (!notes.ends_with(note)) return false;
  return notes.size() == note.size() || notes[notes.size() - note.size() - 1] == '\n';
}

std::string indented(std::string_view note, std::string_view indent, std::string_view eol) {
  std::string lines;
  for (const auto& line : lines_of(note)) {
    lines += eol;
    if (!line.empty()) lines.append(indent).append(line);
  }
  return lines;
}

}  // namespace chela::markdown
