#include "config/json5_sheet.h"

#include <algorithm>

#include "config/json5.h"
#include "config/json5_text.h"

namespace chela::config {

Json5Sheet::Json5Sheet(std::string text, std::string file)
    : text_(std::move(text)), file_(std::move(file)) {
  style_.quotes_keys = parse_json(text_).has_value();
}

Result<void> Json5Sheet::read() {
  CHELA_TRY(value_, parse_json5(text_, file_, 0, root_));
  return {};
}

Result<void> Json5Sheet::set(const std::vector<std::string>& steps, const json::value& value) {
  const Origin* at = &root_;
  std::size_t depth = 0;
  std::string pointer;
  for (; depth < steps.size(); ++depth) {
    const auto deeper = child_pointer(pointer, steps[depth]);
    const auto* next = find_origin(root_, deeper);
    if (next == nullptr) break;
    at = next;
    pointer = deeper;
  }
  if (depth == steps.size()) {
    const auto lead = column_of(at->begin);
    text_.replace(at->begin, at->end - at->begin,
                  to_json5(value, style_, lead, margin_of(at->key)));
    return read();
  }
  if (text_[at->begin] != '{')
    return fail(ErrorCode::failed_precondition, "something else than an object stands there");
  json::value nested = value;
  if (depth + 1 < steps.size()) {
    nested = json::object();
    put_into(nested, {steps.begin() + static_cast<std::ptrdiff_t>(depth) + 1, steps.end()}, value);
  }
  insert(*at, steps[depth], nested);
  return read();
}

Result<void> Json5Sheet::remove(const std::string& pointer) {
  const auto* node = find(pointer);
  const auto* parent = find(pointer.substr(0, pointer.rfind('/')));
  if (node == nullptr || parent == nullptr || parent->members.empty())
    return fail(ErrorCode::not_found, "it is not in this file");
  std::size_t begin = node->key;
  std::size_t end = node->end;
  const auto comma = comma_after(end);
  if (comma != std::string::npos) {
    end = comma + 1;
  } else if (const auto before = comma_before(*parent, *node); before != std::string::npos) {
    // The last member goes: so does the comma in front of it, which strict JSON would not bear.
    text_.erase(before, 1);
    --begin;
    --end;
  }
  // With its line, where it has that for itself.
  const auto line = text_.rfind('\n', begin) + 1;  // 0 where there is none
  const bool has_line = text_.find_first_not_of(" \t", line) == begin;
  const auto after = text_.find_first_not_of(" \t", end);
  if (has_line && line > 0 && after != std::string::npos && text_[after] == '\n') {
    begin = line;
    end = after + 1;
  }
  text_.erase(begin, end - begin);
  return read();
}

std::size_t Json5Sheet::skip_blanks(std::size_t from) const {
  Json5Text text(text_, file_);
  text.skip(from);
  // The text parsed: comments end.
  if (!text.skip_blanks()) return from;
  return text.offset();
}

std::size_t Json5Sheet::comma_after(std::size_t from) const {
  const auto at = skip_blanks(from);
  return at < text_.size() && text_[at] == ',' ? at : std::string::npos;
}

std::size_t Json5Sheet::comma_before(const Origin& parent, const Origin& node) const {
  const Origin* before = nullptr;
  for (const auto& [key, member] : parent.members) {
    if (member.end <= node.key && (before == nullptr || member.end > before->end)) before = &member;
  }
  return before == nullptr ? std::string::npos : comma_after(before->end);
}

std::size_t Json5Sheet::line_of(std::size_t offset) const {
  const auto newline = offset == 0 ? std::string::npos : text_.rfind('\n', offset - 1);
  return newline == std::string::npos ? 0 : newline + 1;
}

// The white space in front of the line that `offset` is in.
std::string Json5Sheet::margin_of(std::size_t offset) const {
  const auto line = line_of(offset);
  const auto end = text_.find_first_not_of(" \t", line);
  return text_.substr(line, std::min(end, offset) - line);
}

void Json5Sheet::insert(const Origin& object, const std::string& key, const json::value& value) {
  const Origin* last = nullptr;
  for (const auto& [name, member] : object.members) {
    if (last == nullptr || member.end > last->end) last = &member;
  }
  const bool is_flat =
      text_.substr(object.begin, object.end - object.begin).find('\n') == std::string::npos;
  const auto margin = is_flat           ? margin_of(object.begin)
                      : last == nullptr ? margin_of(object.begin) + style_.indent
                                        : margin_of(last->key);
  const auto lead = json5_key(key, style_) + ": ";
  const auto member = lead + to_json5(value, style_, margin.size() + lead.size() + 1, margin);
  if (last == nullptr) {
    const std::size_t close = object.end - 1;
    text_.insert(close, is_flat ? member : member_line(close, margin, member));
    return;
  }
  const auto comma = comma_after(last->end);
  if (comma == std::string::npos) text_.insert(last->end, ",");
  std::size_t at = comma == std::string::npos ? last->end + 1 : comma + 1;
  if (is_flat) {
    text_.insert(at, " " + member + (comma == std::string::npos ? "" : ","));
    return;
  }
  // Behind a comment that belongs to the last member.
  const auto end = text_.find('\n', at);
  const auto rest = text_.substr(at, end - at);
  const auto blank = rest.find_first_not_of(" \t\r");
  const bool is_line_comment = blank != std::string::npos && rest.substr(blank, 2) == "//";
  const bool is_empty = blank == std::string::npos;
  if (end != std::string::npos && (is_line_comment || is_empty)) at = end;
  text_.insert(at, "\n" + margin + member + (comma == std::string::npos ? "" : ","));
}

// A line of its own in front of the brace at `close`, which may be the first on its line.
std::string Json5Sheet::member_line(std::size_t close, const std::string& margin,
                                    const std::string& member) const {
  const auto outer = margin_of(close);
  const bool is_first = text_.find_first_not_of(" \t", line_of(close)) == close;
  return (is_first ? style_.indent : "\n" + margin) + member + "\n" +
         (is_first ? outer : margin.substr(0, margin.size() - style_.indent.size()));
}

}  // namespace chela::config
