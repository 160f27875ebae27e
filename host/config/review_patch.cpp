#include "config/review_patch.h"

#include <algorithm>

#include "base/text.h"
#include "config/json5.h"
#include "config/json5_text.h"
#include "config/openclaw_look.h"
#include "config/review_snippet.h"

namespace chela::config {
namespace {

// The text of one file, and changes in it.
class Sheet {
 public:
  Sheet(std::string text, std::string file) : text_(std::move(text)), file_(std::move(file)) {
    style_.quotes_keys = parse_json(text_).has_value();
  }

  const std::string& text() const { return text_; }

  Result<void> read() {
    CHELA_TRY(value_, parse_json5(text_, file_, 0, root_));
    return {};
  }

  const Origin* find(const std::string& pointer) const { return find_origin(root_, pointer); }

  // Puts `value` there, with the objects around it where they are missing.
  Result<void> set(const std::vector<std::string>& steps, const json::value& value) {
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
      put_into(nested, {steps.begin() + static_cast<std::ptrdiff_t>(depth) + 1, steps.end()},
               value);
    }
    insert(*at, steps[depth], nested);
    return read();
  }

  Result<void> remove(const std::string& pointer) {
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

  const json::value& value() const { return value_; }

 private:
  std::size_t skip_blanks(std::size_t from) const {
    Json5Text text(text_, file_);
    text.skip(from);
    // The text parsed: comments end.
    if (!text.skip_blanks()) return from;
    return text.offset();
  }

  std::size_t comma_after(std::size_t from) const {
    const auto at = skip_blanks(from);
    return at < text_.size() && text_[at] == ',' ? at : std::string::npos;
  }

  std::size_t comma_before(const Origin& parent, const Origin& node) const {
    const Origin* before = nullptr;
    for (const auto& [key, member] : parent.members) {
      if (member.end <= node.key && (before == nullptr || member.end > before->end))
        before = &member;
    }
    return before == nullptr ? std::string::npos : comma_after(before->end);
  }

  std::size_t line_of(std::size_t offset) const {
    const auto newline = offset == 0 ? std::string::npos : text_.rfind('\n', offset - 1);
    return newline == std::string::npos ? 0 : newline + 1;
  }

  std::size_t column_of(std::size_t offset) const { return offset - line_of(offset); }

  // The white space in front of the line that `offset` is in.
  std::string margin_of(std::size_t offset) const {
    const auto line = line_of(offset);
    const auto end = text_.find_first_not_of(" \t", line);
    return text_.substr(line, std::min(end, offset) - line);
  }

  void insert(const Origin& object, const std::string& key, const json::value& value) {
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
  std::string member_line(std::size_t close, const std::string& margin,
                          const std::string& member) const {
    const auto outer = margin_of(close);
    const bool is_first = text_.find_first_not_of(" \t", line_of(close)) == close;
    return (is_first ? style_.indent : "\n" + margin) + member + "\n" +
           (is_first ? outer : margin.substr(0, margin.size() - style_.indent.size()));
  }

  std::string text_;
  std::string file_;
  Json5Style style_;
  Origin root_;
  json::value value_;
};

std::string shown(const std::string& pointer) {
  std::string path;
  for (const auto& step : pointer_steps(pointer))
    path += (path.empty() ? "" : ".") + base::printable(step, 80);
  return path;
}

bool is_inside(const std::string& pointer, const std::string& outer) {
  return pointer.starts_with(outer) &&
         (pointer.size() == outer.size() || pointer[outer.size()] == '/');
}

bool is_same(const Edit& a, const Edit& b) {
  return a.what == b.what && a.pointer == b.pointer && a.value == b.value;
}

// Whether one of `edits` changes what another finding has changed, and otherwise.
bool collides(const std::vector<Edit>& edits, const std::vector<Edit>& applied) {
  return std::any_of(edits.begin(), edits.end(), [&](const Edit& edit) {
    return std::any_of(applied.begin(), applied.end(), [&](const Edit& other) {
      return !is_same(edit, other) &&
             (is_inside(edit.pointer, other.pointer) || is_inside(other.pointer, edit.pointer));
    });
  });
}

class Patcher {
 public:
  Patcher(const OpenClaw& openclaw, Sheet& sheet) : openclaw_(openclaw), sheet_(sheet) {}

  Result<void> apply(const Edit& edit) {
    CHELA_TRY(check_includes(edit));
    const auto before = sheet_;
    auto done = edit.what == Edit::What::set ? sheet_.set(pointer_steps(edit.pointer), edit.value)
                                             : sheet_.remove(edit.pointer);
    if (done && !is_done(edit))
      done = fail(ErrorCode::internal, "the change did not have the effect that it should");
    if (!done) sheet_ = before;
    return done;
  }

 private:
  bool is_done(const Edit& edit) const {
    const json::value* at = &sheet_.value();
    for (const auto& step : pointer_steps(edit.pointer)) {
      if (at == nullptr) break;
      const auto* list = at->if_array();
      const auto index = static_cast<std::size_t>(std::strtoul(step.c_str(), nullptr, 10));
      at = list == nullptr ? find(*at, step) : index < list->size() ? &(*list)[index] : nullptr;
    }
    return edit.what == Edit::What::remove ? at == nullptr : at != nullptr && *at == edit.value;
  }

  // What merging makes of the main file must be what the edit means.
  Result<void> check_includes(const Edit& edit) const {
    if (openclaw_.origins.files.size() < 2) return {};
    std::string pointer;
    const auto& root = openclaw_.origins.root;
    for (const auto& step : pointer_steps(edit.pointer)) {
      const auto* parent = find_origin(root, pointer);
      pointer = child_pointer(pointer, step);
      const auto* merged = find_origin(root, pointer);
      if (merged == nullptr) return {};
      const bool is_item = parent != nullptr && !parent->items.empty();
      if (is_item) return fail(ErrorCode::failed_precondition, "lists are joined with an include");
    }
    const auto* target = find_origin(root, pointer);
    if (target->file == 0 && sheet_.find(pointer) != nullptr && target->items.empty()) return {};
    const bool is_override = edit.what == Edit::What::set && edit.variable.empty() &&
                             target->items.empty() && !edit.value.is_array();
    if (is_override) return {};
    const auto number = static_cast<std::size_t>(std::max(target->file, 0));
    return fail(ErrorCode::failed_precondition,
                "it stands in " +
                    base::printable(openclaw_.origins.files[number].path.filename().string(), 200));
  }

  const OpenClaw& openclaw_;
  Sheet& sheet_;
};

}  // namespace

Result<Patched> patched(const OpenClaw& openclaw, const std::vector<ReviewFinding>& findings) {
  if (openclaw.origins.files.empty())
    return fail(ErrorCode::failed_precondition, "there is no text to correct");
  Sheet sheet(openclaw.origins.files.front().text, openclaw.file.string());
  CHELA_TRY(sheet.read());
  Patcher patcher(openclaw, sheet);
  Patched outcome;
  std::vector<Edit> applied;
  for (const auto& finding : findings) {
    if (finding.edits.empty()) continue;
    if (collides(finding.edits, applied)) {
      outcome.wants_another_round = true;
      continue;
    }
    const auto before = sheet;
    Result<void> done;
    // What is taken away goes last: a value may have moved from there.
    for (const auto what : {Edit::What::set, Edit::What::remove}) {
      for (const auto& edit : finding.edits) {
        const bool is_done_already =
            std::any_of(applied.begin(), applied.end(),
                        [&](const Edit& other) { return is_same(edit, other); });
        if (edit.what != what || !done || is_done_already) continue;
        done = patcher.apply(edit);
        if (!done)
          outcome.undone.push_back(finding.rule + ": " + shown(edit.pointer) + ": " +
                                   done.error().message);
      }
    }
    if (!done) {
      sheet = before;
      continue;
    }
    ++outcome.done;
    for (const auto& edit : finding.edits) {
      applied.push_back(edit);
      const bool is_known =
          std::any_of(outcome.variables.begin(), outcome.variables.end(),
                      [&](const auto& variable) { return variable.name == edit.variable; });
      if (!edit.variable.empty() && !is_known)
        outcome.variables.push_back({edit.variable, shown(edit.pointer)});
    }
  }
  outcome.text = sheet.text();
  return outcome;
}

Result<Patched> patched_whole(const OpenClaw& openclaw, const LoadText& load,
                              const ReviewDocument& review) {
  constexpr int kMostRounds = 8;
  CHELA_TRY(const auto findings, review(openclaw));
  CHELA_TRY(auto whole, patched(openclaw, findings));
  for (int round = 1; round < kMostRounds && whole.wants_another_round; ++round) {
    CHELA_TRY(const auto next, load(whole.text));
    CHELA_TRY(const auto left, review(next));
    CHELA_TRY(auto more, patched(next, left));
    whole.text = std::move(more.text);
    whole.done += more.done;
    whole.wants_another_round = more.wants_another_round;
    whole.undone = std::move(more.undone);
    for (auto& variable : more.variables) whole.variables.push_back(std::move(variable));
  }
  return whole;
}

}  // namespace chela::config
