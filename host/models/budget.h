// How much may be spent, and whether one more call still fits. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/time.h"
#include "chela/chat.h"
#include "models/catalog.h"
#include "models/money.h"

namespace chela::models {

enum class Period { day, month };

// One budget; an empty role or provider means all of them.
struct BudgetRule {
  Period period = Period::day;
  std::string role;
  std::string provider;
  std::optional<Usd> usd;
  std::optional<std::int64_t> tokens;
  bool is_default = false;  // nobody configured it
};

// What holds where nothing is configured: 2 USD and 500,000 tokens a day.
std::vector<BudgetRule> default_budgets();

// What one call may take at most, or took.
struct Amount {
  Usd usd;
  std::int64_t tokens = 0;
  bool operator==(const Amount&) const = default;
};
inline Amount operator+(const Amount& a, const Amount& b) {
  return {a.usd + b.usd, a.tokens + b.tokens};
}

// What a rule's spending is summed over: "2026-11-27" or "2026-11". `day` is the local one.
std::string period_of(const BudgetRule& rule, const std::string& day);

bool applies(const BudgetRule& rule, std::string_view role, std::string_view provider);

// Whether `more` does not fit any more on top of `spent`.
bool is_exceeded(const BudgetRule& rule, const Amount& spent, const Amount& more);

// How full a budget is, in hundredths; the fuller of money and tokens, 100 from the limit on.
int percent_of(const BudgetRule& rule, const Amount& spent);

// "2 USD a day", "500,000 tokens a month for role researcher".
std::string describe(const BudgetRule& rule);

// What the prompt counts as at most: half its ASCII bytes, all others, and 2,000 for each image. A
// bound for texts that people write; random bytes and large images can be more.
std::int64_t estimate_prompt_tokens(const ChatRequest& request);

// What to set aside for a call: the estimated prompt at the dearest input price, and
// max_output_tokens. Without prices only tokens. `max_output_tokens` is 0 for embeddings only.
Amount reserve_for(const Model& model, std::int64_t prompt_tokens, std::int64_t max_output_tokens);

// What a call came to: all its tokens, its cost (0 where the model has no price).
Amount amount_of(const Model& model, const Usage& usage);

}  // namespace chela::models
