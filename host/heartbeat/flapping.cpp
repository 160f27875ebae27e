#include "heartbeat/flapping.h"

#include <algorithm>

namespace chela::heartbeat {

void remember_result(std::string& history, bool is_reported) {
  history.push_back(is_reported ? '1' : '0');
  if (history.size() > kFlapResults) history.erase(0, history.size() - kFlapResults);
}

double changes_percent(std::string_view history) {
  constexpr double kOldest = 0.75;
  constexpr double kNewest = 1.25;
  constexpr std::size_t kChanges = kFlapResults - 1;
  history = history.substr(history.size() - std::min(history.size(), kFlapResults));
  const std::size_t missing = kFlapResults - history.size();
  const auto result = [&](std::size_t i) { return i < missing ? '0' : history[i - missing]; };
  double changes = 0;
  for (std::size_t i = 0; i < kChanges; ++i) {
    if (result(i) == result(i + 1)) continue;
    changes +=
        kOldest + (kNewest - kOldest) * static_cast<double>(i) / static_cast<double>(kChanges - 1);
  }
  return changes * 100 / static_cast<double>(kChanges);
}

bool flaps(std::string_view history, bool did_flap) {
  const double percent = changes_percent(history);
  return did_flap ? percent >= kSteadyBelowPercent : percent >= kFlapsFromPercent;
}

}  // namespace chela::heartbeat
