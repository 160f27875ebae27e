#include "models/candidates.h"

#include <algorithm>

namespace chela::models {
namespace {

std::string left(Timestamp until, Timestamp now) {
  return describe_duration(std::chrono::ceil<std::chrono::seconds>(until - now));
}

// Why a model cannot answer this request at all, "" where it may.
std::string misfit(const Situation& situation, const Model& model) {
  if (const auto found = situation.unusable.find(model.provider); found != situation.unusable.end())
    return found->second;
  if (model.context_tokens > 0 && situation.larger_than > 0 &&
      model.context_tokens <= situation.larger_than)
    return "its context window is no larger";
  // The estimate is from above, by a factor of up to two for plain text.
  if (model.context_tokens > 0 && situation.prompt_tokens / 2 > model.context_tokens)
    return "the prompt does not fit its context window of " + std::to_string(model.context_tokens) +
           " tokens";
  if (!model.is_known || model.can.empty()) return "";
  for (const auto& wanted : situation.wants) {
    if (!model.can_do(wanted)) return "it does not take " + wanted;
  }
  return "";
}

}  // namespace

Choice choose(const Situation& situation, Timestamp now) {
  Choice choice;
  std::optional<std::size_t> probe;
  const auto note = [](std::optional<Timestamp>& first, Timestamp when) {
    if (!first || when < *first) first = when;
  };
  for (std::size_t i = 0; i < situation.candidates.size(); ++i) {
    const Candidate& candidate = situation.candidates[i];
    const CooldownKey at = candidate.at();
    if (situation.tried.contains(at)) continue;
    std::string why = misfit(situation, candidate.model);
    if (why.empty() && !situation.may_ignore_cooldowns && !situation.retried.contains(at)) {
      const Cooldown* cooldown =
          situation.cooldowns == nullptr ? nullptr : holding(*situation.cooldowns, at, now);
      if (cooldown != nullptr) {
        why = "cooled down for " + left(cooldown->until, now) +
              " more: " + std::string(to_string(cooldown->reason)) +
              (cooldown->message.empty() ? "" : ", " + cooldown->message);
        note(choice.cool_at, cooldown->until);
        if (!probe && may_probe(*cooldown, now)) probe = i;
      }
    }
    if (why.empty()) {
      const auto limit = situation.limited_until.find(at);
      if (limit != situation.limited_until.end() && now < limit->second) {
        why = "its limit is reached for " + left(limit->second, now) + " more";
        note(choice.limit_at, limit->second);
      }
    }
    if (why.empty()) {
      choice.next = i;
      return choice;
    }
    choice.skipped.push_back({candidate.model.ref, candidate.key, why});
  }
  if (probe && situation.tried.empty()) {
    choice.next = probe;
    choice.is_probe = true;
    const Candidate& candidate = situation.candidates[*probe];
    std::erase_if(choice.skipped, [&](const Skipped& skipped) {
      return skipped.ref == candidate.model.ref && skipped.key == candidate.key;
    });
  }
  return choice;
}

}  // namespace chela::models
