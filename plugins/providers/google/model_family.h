// What differs between the families of Gemini models, as a table of names.
#pragma once

#include <array>
#include <string_view>

namespace provider_google {

enum class ThinkingControl { none, budget, level };

// Source: ai.google.dev/gemini-api/docs, pages "thinking", "thought-signatures", "function-calling"
// and "file-input-methods", read in November 2026.
struct ModelFamily {
  std::string_view start;  // of the model's name
  std::string_view word;   // somewhere in it
  ThinkingControl control = ThinkingControl::none;
  // For the efforts off, low, medium and high: tokens, or a level. A model that cannot stop
  // thinking gets its least for `off`.
  std::array<std::string_view, 4> efforts{};
  bool thinks_by_default = false;
  // It answers 400 where the first call of a step comes back without a signature.
  bool needs_call_signatures = false;
  bool takes_file_urls = false;      // fetches images by their https address
  bool takes_result_images = false;  // inside the result of a tool
};

// `model` without "models/". Names that no row knows think as they like and take nothing special.
const ModelFamily& family_of(std::string_view model);

// The entry of `efforts` for "off", "low", "medium" or "high"; "" for others and where the family
// has no control.
std::string_view thinking_for(const ModelFamily& family, std::string_view effort);

}  // namespace provider_google
