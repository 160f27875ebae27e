#include "openai_models.h"

namespace chela::openai {
namespace {

constexpr ModelTraits reasoning(std::string_view effort_off) {
  return {true, true, false, false, true, effort_off};
}
constexpr ModelTraits o_series() {
  ModelTraits traits = reasoning("low");  // its reasoning cannot be switched off
  traits.has_parallel_switch = false;
  return traits;
}
constexpr ModelTraits without_sampling() {
  ModelTraits traits;
  traits.has_sampling = false;
  return traits;
}
constexpr ModelTraits open_weights() {
  ModelTraits traits;
  traits.effort_off = "low";
  return traits;
}

// The first row that fits counts. A beginning fits where the name ends behind it, or goes on with
// one of "-.:", unless it ends in one of these itself.
constexpr struct {
  std::string_view beginning;
  ModelTraits traits;
} kRows[] = {
    {"gpt-5-chat", {false, true, true, true, true, {}}},
    {"gpt-5.", reasoning("none")},
    {"gpt-5", reasoning("minimal")},
    {"o1", o_series()},
    {"o3", o_series()},
    {"o4", o_series()},
    {"gpt-4o-search", without_sampling()},
    {"gpt-4o-mini-search", without_sampling()},
    {"gpt-oss", open_weights()},
};

bool fits(std::string_view model, std::string_view beginning) {
  if (!model.starts_with(beginning)) return false;
  constexpr std::string_view kGaps = "-.:";
  return model.size() == beginning.size() ||
         kGaps.find(beginning.back()) != std::string_view::npos ||
         kGaps.find(model[beginning.size()]) != std::string_view::npos;
}

}  // namespace

ModelTraits model_traits(std::string_view model) {
  model = model.substr(model.rfind('/') + 1);  // npos + 1 = 0
  for (const auto& row : kRows) {
    if (fits(model, row.beginning)) return row.traits;
  }
  return {};
}

}  // namespace chela::openai
