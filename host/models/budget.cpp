#include "models/budget.h"

#include <algorithm>

#include "base/text.h"

namespace chela::models {
namespace {

std::string_view name_of(Period period) {
  return period == Period::day ? "day" : "month";
}

std::int64_t image_tokens(const Part& part) {
  return part.type == PartType::image ? 2000 : 0;
}

// ASCII is read in pieces of several letters; of other scripts a letter can be as many tokens as it
// has bytes.
std::int64_t half_tokens(std::string_view text) {
  std::int64_t count = 0;
  for (const char c : text) count += static_cast<unsigned char>(c) < 0x80 ? 1 : 2;
  return count;
}

// Half tokens of what the model reads, and tokens of images.
void measure(const std::vector<Part>& parts, std::int64_t& bytes, std::int64_t& images) {
  for (const auto& part : parts) {
    images += image_tokens(part);
    bytes +=
        half_tokens(part.text) + half_tokens(part.invalid_arguments) +
        static_cast<std::int64_t>(part.signature.size() + part.name.size() + part.id.size() + 16);
    if (part.type == PartType::redacted_thinking)
      bytes += static_cast<std::int64_t>(part.data.size());
    if (!part.arguments.empty()) bytes += half_tokens(json::serialize(part.arguments));
    measure(part.content, bytes, images);
  }
}

}  // namespace

std::vector<BudgetRule> default_budgets() {
  return {{Period::day, "", "", Usd{2'000'000'000}, 500'000, true}};
}

std::string period_of(const BudgetRule& rule, const std::string& day) {
  return rule.period == Period::day ? day : day.substr(0, 7);
}

bool applies(const BudgetRule& rule, std::string_view role, std::string_view provider) {
  return (rule.role.empty() || rule.role == role) &&
         (rule.provider.empty() || rule.provider == provider);
}

bool is_exceeded(const BudgetRule& rule, const Amount& spent, const Amount& more) {
  // A budget of nothing closes, also for what has no price.
  if (rule.usd && rule.usd->nanos == 0) return true;
  return (rule.usd && spent.usd + more.usd > *rule.usd) ||
         (rule.tokens && spent.tokens + more.tokens > *rule.tokens);
}

int percent_of(const BudgetRule& rule, const Amount& spent) {
  const auto percent = [](std::int64_t part, std::int64_t whole) {
    if (whole <= 0) return 100;
    return static_cast<int>(
        std::min(100.0, 100.0 * static_cast<double>(part) / static_cast<double>(whole)));
  };
  int most = 0;
  if (rule.usd) most = std::max(most, percent(spent.usd.nanos, rule.usd->nanos));
  if (rule.tokens) most = std::max(most, percent(spent.tokens, *rule.tokens));
  return most;
}

std::string describe(const BudgetRule& rule) {
  std::string text;
  if (rule.usd) text += decimal_usd(*rule.usd) + " USD";
  if (rule.tokens) text += (text.empty() ? "" : " and ") + base::grouped(*rule.tokens) + " tokens";
  text += " a " + std::string(name_of(rule.period));
  if (!rule.role.empty()) text += " for role " + base::printable(rule.role, 40);
  if (!rule.provider.empty()) text += " at " + base::printable(rule.provider, 40);
  return text;
}

std::int64_t estimate_prompt_tokens(const ChatRequest& request) {
  std::int64_t bytes = 64;
  std::int64_t images = 0;
  measure(request.system, bytes, images);
  for (const auto& message : request.messages) measure(message.content, bytes, images);
  for (const auto& tool : request.tools) {
    bytes += static_cast<std::int64_t>(tool.name.size() + tool.description.size() + 32 +
                                       json::serialize(tool.parameters).size());
  }
  return (bytes + 1) / 2 + images;
}

Amount reserve_for(const Model& model, std::int64_t prompt_tokens, std::int64_t max_output_tokens) {
  Amount amount{{}, prompt_tokens + max_output_tokens};
  if (const auto prices = prices_for(model, prompt_tokens)) {
    const Usd dearest = std::max(
        {prices->input, prices->cache_read, prices->cache_write_5m, prices->cache_write_1h});
    amount.usd = cost_of(prompt_tokens, dearest) + cost_of(max_output_tokens, prices->output);
  }
  return amount;
}

Amount amount_of(const Model& model, const Usage& usage) {
  return {cost_of(model, usage).value_or(Usd{}),
          usage.input_tokens + usage.cache_read_tokens + usage.cache_write_5m_tokens +
              usage.cache_write_1h_tokens + usage.output_tokens};
}

}  // namespace chela::models
