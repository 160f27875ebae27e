#include "pauses.h"

#include <algorithm>

namespace check_system {
namespace {

namespace json = chela::json;

constexpr std::size_t kMostGaps = 8;
constexpr std::int64_t kMost = 1'000'000'000'000'000;  // sums of it still fit

bool is_time(const json::value& value) {
  return value.is_int64() && value.get_int64() > 0 && value.get_int64() <= kMost;
}

// 0 = not known yet
std::int64_t usual_gap(std::vector<std::int64_t> gaps_ms) {
  if (gaps_ms.size() < 2) return 0;
  std::nth_element(gaps_ms.begin(), gaps_ms.begin() + 1, gaps_ms.end());
  return gaps_ms[1];
}

}  // namespace

json::object to_json(const Looks& looks) {
  return {{"at_ms", looks.at_ms},
          {"gaps_ms", json::array(looks.gaps_ms.begin(), looks.gaps_ms.end())}};
}

Looks parse_looks(const json::value* value) {
  Looks looks;
  if (value == nullptr) return looks;
  const auto* at = chela::find(*value, "at_ms");
  if (at == nullptr || !is_time(*at)) return looks;
  looks.at_ms = at->get_int64();
  const auto* gaps = chela::find(*value, "gaps_ms");
  if (gaps == nullptr || !gaps->is_array()) return looks;
  for (const auto& gap : gaps->get_array()) {
    if (is_time(gap) && looks.gaps_ms.size() < kMostGaps) looks.gaps_ms.push_back(gap.get_int64());
  }
  return looks;
}

Pause pause_before(const Looks& looks, std::int64_t now_ms) {
  Pause pause;
  pause.least_ms = std::max(pause.least_ms, 2 * usual_gap(looks.gaps_ms));
  if (looks.at_ms > 0 && now_ms - looks.at_ms > pause.least_ms)
    pause.length_ms = now_ms - looks.at_ms;
  return pause;
}

void note_look(Looks& looks, std::int64_t now_ms) {
  if (looks.at_ms > 0 && now_ms > looks.at_ms) looks.gaps_ms.push_back(now_ms - looks.at_ms);
  if (looks.gaps_ms.size() > kMostGaps) looks.gaps_ms.erase(looks.gaps_ms.begin());
  looks.at_ms = now_ms;
}

}  // namespace check_system
