// The review's rules on what bounds a run: how many at once, identical calls, the context's growth.
#include <algorithm>

#include "base/text.h"
#include "config/review_bench.h"

namespace chela::config {
namespace {

void judge_caps(ReviewBench& bench) {
  const auto agents = bench.defaults()["maxConcurrent"];
  if (!agents.exists()) {
    auto& finding =
        bench.add("no-agent-cap", Severity::warn, agents,
                  bench.is_old() ? "How many agents run at once is left to a default (4 in "
                                   "2026.2). Write it down: another version has another one."
                                 : "How many agents run at once is left to a default: 8, or four "
                                   "for each CPU where that is more.");
    ReviewBench::set(finding, agents.pointer(), 4);
  }
  const auto subagents = bench.defaults()["subagents"]["maxConcurrent"];
  if (!subagents.exists()) {
    auto& finding = bench.add("no-subagent-cap", Severity::warn, subagents,
                              "How many sub-agents run at once is left to a default (8). One "
                              "eager coordinator fills it.");
    ReviewBench::set(finding, subagents.pointer(), 8);
  }
}

void judge_loops(ReviewBench& bench) {
  const auto enabled = bench.root()["tools"]["loopDetection"]["enabled"];
  if (is_true(enabled)) return;
  auto& finding = bench.add(
      "loop-detection-off", Severity::warn, enabled,
      std::string("A turn has no limit of calls: a model that repeats one call was measured at "
                  "896 calls and 28 million prompt tokens in 51 s. ") +
          (bench.is_old() ? "2026.2 warns with this on, but does not stop the turn."
                          : "With this on it stopped after 22 calls."));
  ReviewBench::set(finding, enabled.pointer(), true);
}

bool is_prunable(const std::string& ref) {
  return ref.starts_with("anthropic/") || ref.starts_with("openrouter/anthropic/");
}

void judge_pruning(ReviewBench& bench) {
  const auto pruning = bench.defaults()["contextPruning"];
  const auto mode = text_of(pruning["mode"]);
  if (!pruning.exists() || mode.empty() || mode == "off") {
    auto& finding = bench.add("no-pruning", Severity::warn, pruning,
                              "Old tool results stay in the context and are paid for again in "
                              "every turn.");
    ReviewBench::set(finding, pruning["mode"].pointer(), "cache-ttl");
    ReviewBench::set(finding, pruning["ttl"].pointer(), "6h");
    if (bench.is_old()) ReviewBench::set(finding, pruning["keepLastAssistants"].pointer(), 3);
    return;
  }
  if (bench.is_old()) {
    bench.add("pruning-inert", Severity::info, pruning,
              "OpenClaw's npm packages up to 2026.2.17 accept this and do nothing with it: the "
              "code that prunes is not in the package.");
  }
  const auto& primary = bench.models().defaults.primary;
  if (primary.empty() || is_prunable(primary)) return;
  bench.add("pruning-not-eligible", Severity::info, pruning,
            "OpenClaw prunes only for Anthropic's models (also through OpenRouter), not for " +
                base::printable(primary, 60) + ".");
}

struct Window {
  std::string model;
  std::int64_t tokens;
};

// The windows of the models that sessions run on, the default's first.
std::vector<Window> windows(const ReviewBench& bench) {
  const auto& models = bench.models();
  std::vector<std::string> refs{models.defaults.primary};
  for (const auto& [id, chain] : models.agents) {
    if (std::find(refs.begin(), refs.end(), chain.primary) == refs.end())
      refs.push_back(chain.primary);
  }
  const auto otherwise =
      static_cast<std::int64_t>(number_of(bench.defaults()["contextTokens"], 200'000));
  std::vector<Window> all;
  for (const auto& ref : refs) {
    std::optional<std::int64_t> tokens;
    for (const auto& provider : models.providers) {
      for (const auto& model : provider.models) {
        if (provider.id + "/" + model.id == ref) tokens = model.context_window;
      }
    }
    if (!tokens && !ref.empty()) tokens = bench.input().window_of(ref);
    all.push_back({ref, tokens.value_or(otherwise)});
  }
  return all;
}

// OpenClaw's formula: the flush fires at window - reserve - softThresholdTokens.
std::int64_t reserve_of(const ReviewBench& bench, std::int64_t window) {
  if (!bench.is_old()) return std::min<std::int64_t>(20'000, window / 4);
  const auto floor = number_of(bench.defaults()["compaction"]["reserveTokensFloor"], 20'000);
  return static_cast<std::int64_t>(std::max(floor, 16'384.0));
}

std::string described(const Window& window) {
  return (window.model.empty() ? "a model" : base::printable(window.model, 60)) + " (" +
         base::grouped(window.tokens) + " tokens)";
}

void judge_threshold(ReviewBench& bench, const Look& flush) {
  const auto soft = flush["softThresholdTokens"];
  const auto distance = static_cast<std::int64_t>(number_of(soft, 4'000));
  const auto all = windows(bench);
  const auto fires_at = [&](const Window& window) {
    return window.tokens - reserve_of(bench, window.tokens) - distance;
  };
  std::vector<Window> never;
  std::int64_t room = 0;  // the smallest that leaves any
  for (const auto& window : all) {
    if (fires_at(window) <= 0) never.push_back(window);
    const auto left = window.tokens - reserve_of(bench, window.tokens);
    if (left > 1 && (room == 0 || left < room)) room = left;
  }
  if (!never.empty()) {
    const auto& first = never.front();
    const bool is_default = first.model == all.front().model;
    auto& finding = bench.add(
        "flush-never", is_default ? Severity::crit : Severity::warn, soft.exists() ? soft : flush,
        "On " + described(first) + " the flush never fires: " + base::grouped(first.tokens) +
            " - " + base::grouped(reserve_of(bench, first.tokens)) + " reserve - " +
            base::grouped(distance) + " = " + base::grouped(fires_at(first)) +
            ". What is compacted there is lost.");
    const bool is_hopeless = std::any_of(never.begin(), never.end(), [&](const auto& window) {
      return window.tokens - reserve_of(bench, window.tokens) <= 1;
    });
    if (room > 1 && !is_hopeless)
      ReviewBench::set(finding, soft.pointer(), std::min<std::int64_t>(4'000, room / 2));
    if (is_hopeless)
      finding.snippet = "// no threshold helps: give this agent a model with a larger window";
  }
  const auto at = fires_at(all.front());
  if (!soft.exists() || distance < 10'000 || at <= 0) return;
  bench.add("flush-threshold", Severity::info, soft,
            "This is a distance from the end, not a size: on " + described(all.front()) +
                " the flush fires at " + base::grouped(at) + " tokens, not at " +
                base::grouped(distance) + ".");
}

void judge_flush(ReviewBench& bench) {
  const auto flush = bench.defaults()["compaction"]["memoryFlush"];
  if (is_false(flush["enabled"])) {
    auto& finding = bench.add("no-memory-flush", Severity::warn, flush["enabled"],
                              "Nothing is written to memory/ before a session is compacted: what "
                              "was only in the context is forgotten.");
    ReviewBench::set(finding, flush["enabled"].pointer(), true);
    return;
  }
  if (!flush.exists()) {
    auto& finding =
        bench.add("memory-flush-unset", Severity::info, flush,
                  "Whether anything is written to memory/ before compaction is left to OpenClaw's "
                  "default (on, 4,000 tokens before the end). Write it down.");
    ReviewBench::set(finding, flush["enabled"].pointer(), true);
    ReviewBench::set(finding, flush["softThresholdTokens"].pointer(), 4'000);
  }
  judge_threshold(bench, flush);
  const auto prompt = text_of(flush["prompt"]);
  const auto no_flush = prompt.find("NO_FLUSH");
  if (no_flush == std::string::npos || prompt.find("NO_REPLY") != std::string::npos) return;
  auto& finding = bench.add("flush-token", Severity::info, flush["prompt"],
                            "OpenClaw does not know NO_FLUSH: the reply stays in the transcript "
                            "and in the context. Its silent token is NO_REPLY.");
  auto better = prompt;
  better.replace(no_flush, 8, "NO_REPLY");
  ReviewBench::set(finding, flush["prompt"].pointer(), better);
}

}  // namespace

void review_limits(ReviewBench& bench) {
  judge_caps(bench);
  judge_loops(bench);
  judge_pruning(bench);
  judge_flush(bench);
}

}  // namespace chela::config
