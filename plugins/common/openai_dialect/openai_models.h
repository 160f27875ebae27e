// What single models of this API take and refuse, as a table over the beginnings of their names.
#pragma once

#include <string_view>

namespace chela::openai {

struct ModelTraits {
  bool has_developer = false;         // the role developer instead of system
  bool has_completion_limit = false;  // max_completion_tokens instead of max_tokens
  bool has_sampling = true;           // temperature, top_p
  bool has_stop = true;
  bool has_parallel_switch = true;  // parallel_tool_calls
  // The word of reasoning_effort for "off", the nearest that the model knows; "" where the model
  // takes no reasoning_effort at all.
  std::string_view effort_off{};
};

// `model` as it goes over the wire; what stands before the last '/' is a vendor and does not count.
// Source: OpenAI's reference of Chat Completions and its model pages, as of 2026-11.
ModelTraits model_traits(std::string_view model);

}  // namespace chela::openai
