#include "thinking.h"

namespace chela::anthropic {
namespace {

constexpr std::int64_t kMinBudget = 1024;

std::int64_t budget_of(const std::string& effort) {
  if (effort == "low") return 4'096;
  return effort == "medium" ? 12'288 : 24'576;
}

bool is_thought(const json::value& block) {
  const std::string type = get_string(block, "type");
  return type == "thinking" || type == "redacted_thinking";
}

// A turn of the user that holds results of tools goes on with the turn of the assistant.
bool answers_tools(const Turn& turn) {
  return get_string(turn.blocks.front(), "type") == "tool_result";
}

// The assistant is in the middle of a turn (its tools have just answered) that it began without a
// thought: with a budget the service wants one at the beginning.
bool is_in_thoughtless_turn(const std::vector<Turn>& turns) {
  std::size_t begin = turns.size();
  while (begin > 0 && (turns[begin - 1].is_assistant || answers_tools(turns[begin - 1]))) --begin;
  if (begin >= turns.size()) return false;
  return !is_thought(turns[begin].blocks.front());
}

}  // namespace

bool ask_to_think(json::object& body, const ChatRequest& request, const Model& model,
                  const std::vector<Turn>& turns) {
  if (request.effort.empty() || model.thinking == Thinking::none) return false;
  const json::object off{{"type", "disabled"}};
  if (request.effort == "off") {
    body["thinking"] = off;
    return false;
  }
  const std::int64_t max_tokens = body["max_tokens"].as_int64();
  const bool is_forced =
      request.tool_choice == ToolChoice::any || request.tool_choice == ToolChoice::named;
  const bool is_prefilled = turns.back().is_assistant;
  if (model.thinking == Thinking::adaptive) {
    body["output_config"] = json::object{{"effort", request.effort}};
    if (is_forced || is_prefilled) return false;
    body["thinking"] = json::object{{"type", "adaptive"}};
    return true;
  }
  const bool is_too_small =
      max_tokens < 2 * kMinBudget || max_tokens < model.min_thinking_output_tokens;
  if (is_forced || is_prefilled || is_too_small || is_in_thoughtless_turn(turns)) {
    body["thinking"] = off;
    return false;
  }
  body["thinking"] = json::object{
      {"type", "enabled"}, {"budget_tokens", std::min(budget_of(request.effort), max_tokens / 2)}};
  return true;
}

}  // namespace chela::anthropic
