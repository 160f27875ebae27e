#include "models.h"

namespace chela::anthropic {
namespace {

constexpr Model kOthers{"", 8'192};

constexpr Model old(std::string_view prefix, std::int64_t output) {
  return {prefix, output, output, Thinking::none};
}
constexpr Model budgeted(std::string_view prefix, std::int64_t output) {
  return {prefix, output, output, Thinking::budget};
}

// Output limits: litellm's table of models, July 2026. Prefill and sampling: Anthropic's notes on
// Opus 4.6 (no prefill from there on) and Opus 4.7 (no sampling from there on).
constexpr Model kClaude[] = {
    kOthers,
    // What is newer than this table.
    {"claude-", 32'000, 0, Thinking::adaptive, 0, false, false},
    {"claude-opus-4-6", 128'000, 128'000, Thinking::adaptive, 0, false, true},
    {"claude-sonnet-4-6", 64'000, 64'000, Thinking::adaptive, 0, false, true},
    budgeted("claude-opus-4-5", 64'000),
    budgeted("claude-sonnet-4-5", 64'000),
    budgeted("claude-haiku-4-5", 64'000),
    budgeted("claude-opus-4-1", 32'000),
    budgeted("claude-opus-4-0", 32'000),
    budgeted("claude-opus-4-2025", 32'000),
    budgeted("claude-sonnet-4-0", 64'000),
    budgeted("claude-sonnet-4-2025", 64'000),
    budgeted("claude-3-7-", 64'000),
    old("claude-3-5-", 8'192),
    old("claude-3-haiku", 4'096),
    old("claude-3-opus", 4'096),
    old("claude-3-sonnet", 4'096),
    old("claude-2", 4'096),
};

}  // namespace

const Model& model_of(std::span<const Model> table, std::string_view id) {
  const Model* best = &table.front();
  for (const Model& model : table) {
    if (id.starts_with(model.prefix) && model.prefix.size() > best->prefix.size()) best = &model;
  }
  return *best;
}

std::span<const Model> claude_models() {
  return kClaude;
}

}  // namespace chela::anthropic
