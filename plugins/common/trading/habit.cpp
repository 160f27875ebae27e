#include "habit.h"

#include <algorithm>

namespace trading {
namespace {

constexpr std::size_t kKeptDays = 10;
constexpr int kLookedAtDays = 5, kWantedDays = 3;
constexpr std::int64_t kLastDay = 3'000'000;  // in the year 10183

}  // namespace

Habit::Habit(const json::value* kept) {
  if (kept == nullptr || !kept->is_array()) return;
  for (const auto& item : kept->get_array()) {
    const auto* pair = item.if_array();
    if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_int64() || !(*pair)[1].is_bool())
      continue;
    const auto day = (*pair)[0].get_int64();
    if (day >= 0 && day <= kLastDay) saw(day, (*pair)[1].get_bool());
  }
}

void Habit::saw(std::int64_t day, bool has_traded) {
  days_[day] = days_[day] || has_traded;
  while (days_.size() > kKeptDays) days_.erase(days_.begin());
}

bool Habit::usually_trades(std::int64_t day) const {
  int looked_at = 0, traded = 0;
  for (auto at = std::make_reverse_iterator(days_.lower_bound(day)); at != days_.rend(); ++at) {
    if (looked_at++ == kLookedAtDays) break;
    traded += at->second ? 1 : 0;
  }
  return traded >= kWantedDays;
}

json::array Habit::to_json() const {
  json::array array;
  for (const auto& [day, has_traded] : days_) array.push_back(json::array{day, has_traded});
  return array;
}

bool is_idle(const Idleness& idleness, const Habit& habit, Timestamp now) {
  if (idleness.idle_after <= Duration(0)) return false;
  const Timestamp since = std::max(idleness.open_since, idleness.last.value_or(Timestamp{}));
  if (now - since < idleness.idle_after) return false;
  return habit.usually_trades(eastern(now).day);
}

}  // namespace trading
