// Whether a bot usually trades, learned from the days on which it did, and whether it now does not.
#pragma once

#include <chela/json.h>

#include <map>
#include <optional>

#include "moments.h"

namespace trading {

namespace json = chela::json;

// Days in New York on which the market was open while somebody looked, and whether there was an
// order or a fill; the last ten.
class Habit {
 public:
  Habit() = default;
  explicit Habit(const json::value* kept);  // what to_json() gave; anything else is passed over
  void saw(std::int64_t day, bool has_traded);
  // Traded on at least three of the last five days before `day`.
  bool usually_trades(std::int64_t day) const;
  json::array to_json() const;

 private:
  std::map<std::int64_t, bool> days_;
};

// A bot that usually trades has placed no order and had no fill for `idle_after` of open market.
struct Idleness {
  Duration idle_after{};            // 0 = never told
  Timestamp open_since{};           // of the session
  std::optional<Timestamp> last{};  // its last order or fill, where one is known
};
bool is_idle(const Idleness& idleness, const Habit& habit, Timestamp now);

}  // namespace trading
