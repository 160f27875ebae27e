// What a Messages API takes for which model: limits, how thinking is asked for, what is refused.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace chela::anthropic {

// How a model is told to think.
enum class Thinking {
  none,      // it cannot
  budget,    // thinking {type: enabled, budget_tokens}
  adaptive,  // thinking {type: adaptive} and output_config {effort}
};

struct Model {
  std::string_view prefix;                      // of the model's id; the longest one counts
  std::int64_t default_output_tokens = 32'000;  // max_tokens where the caller names none
  std::int64_t max_output_tokens = 0;           // more is refused; 0: not known
  Thinking thinking = Thinking::budget;
  std::int64_t min_thinking_output_tokens = 0;  // thinking needs a max_tokens of at least this
  bool takes_prefill = true;   // the conversation may end with words of the assistant
  bool takes_sampling = true;  // temperature and top_p
};

// The row with the longest prefix of `id`; the table's first row, whose prefix is empty, is for all
// others.
const Model& model_of(std::span<const Model> table, std::string_view id);

// Anthropic's own.
std::span<const Model> claude_models();

}  // namespace chela::anthropic
