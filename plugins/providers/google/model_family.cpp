#include "model_family.h"

#include <iterator>

namespace provider_google {
namespace {

constexpr auto kNone = ThinkingControl::none;
constexpr auto kBudget = ThinkingControl::budget;
constexpr auto kLevel = ThinkingControl::level;

// The first row that fits counts. The last four columns: thinks by default, needs signatures, takes
// addresses of files, takes images inside results.
constexpr ModelFamily kFamilies[] = {
    {"gemini-2.5-", "-image", kNone, {}, false, false, true, false},
    {"gemini-2.5-", "-tts", kNone, {}, false, false, true, false},
    {"gemini-2.5-", "-audio", kNone, {}, false, false, true, false},
    {"gemini-2.5-flash-lite",
     "",
     kBudget,
     {"0", "1024", "8192", "24576"},
     false,
     false,
     true,
     false},
    {"gemini-2.5-flash", "", kBudget, {"0", "1024", "8192", "24576"}, true, false, true, false},
    {"gemini-2.5-pro", "", kBudget, {"128", "1024", "8192", "32768"}, true, false, true, false},
    {"gemini-2.5-", "", kNone, {}, false, false, true, false},
    {"gemini-2.", "", kNone, {}, false, false, false, false},
    {"gemini-1.", "", kNone, {}, false, false, false, false},
    {"gemini-", "-image", kNone, {}, false, true, true, true},
    {"gemini-", "-tts", kNone, {}, false, true, true, true},
    {"gemini-3-pro", "", kLevel, {"LOW", "LOW", "HIGH", "HIGH"}, true, true, true, true},
    {"gemini-", "flash", kLevel, {"MINIMAL", "LOW", "MEDIUM", "HIGH"}, true, true, true, true},
    {"gemini-", "pro", kLevel, {"LOW", "LOW", "MEDIUM", "HIGH"}, true, true, true, true},
    {"gemini-", "", kNone, {}, false, true, true, true},
    {"", "", kNone, {}, false, false, false, false},
};

constexpr std::array<std::string_view, 4> kEfforts = {"off", "low", "medium", "high"};

}  // namespace

const ModelFamily& family_of(std::string_view model) {
  for (const auto& family : kFamilies) {
    if (model.starts_with(family.start) && model.find(family.word) != std::string_view::npos)
      return family;
  }
  return *std::prev(std::end(kFamilies));
}

std::string_view thinking_for(const ModelFamily& family, std::string_view effort) {
  if (family.control == ThinkingControl::none) return {};
  for (std::size_t i = 0; i < kEfforts.size(); ++i) {
    if (kEfforts[i] == effort) return family.efforts[i];
  }
  return {};
}

}  // namespace provider_google
