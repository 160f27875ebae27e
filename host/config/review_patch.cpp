#include "config/review_patch.h"

#include <algorithm>

#include "base/text.h"
#include "config/json5_sheet.h"
#include "config/review_snippet.h"

namespace chela::config {
namespace {

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
  Patcher(const OpenClaw& openclaw, Json5Sheet& sheet) : openclaw_(openclaw), sheet_(sheet) {}

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
  Json5Sheet& sheet_;
};

}  // namespace

Result<Patched> patched(const OpenClaw& openclaw, const std::vector<ReviewFinding>& findings) {
  if (openclaw.origins.files.empty())
    return fail(ErrorCode::failed_precondition, "there is no text to correct");
  Json5Sheet sheet(openclaw.origins.files.front().text, openclaw.file.string());
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
