// What was paid in or out since last_equity, where a withdrawal is on its way for days. Pure.
//
// Money that leaves is out of the equity as soon as it is asked for, and stands in
// pending_transfer_out until it has arrived: a level, not what left today. Whether
// intraday_adjustments has it on the first of these days, on the last or never is not described, so
// all three must come out right.
#pragma once

#include <chela/json.h>

#include <optional>

#include "decimal.h"

namespace check_alpaca {

namespace json = chela::json;
using money::Decimal;

struct Leaving {
  std::int64_t day = 0;  // of last_equity
  Decimal level{};       // all that is on its way, as seen last
  Decimal before{};      // of it, what last_equity is without already
  Decimal arrived{};     // what was in `before` and has arrived since
};

// `level` as it is now, `day` that of last_equity. What was on its way when the day changed is no
// payment of the new day; what asked to leave first arrives first. At the very first look nobody
// knows, and all of it counts as of this day.
Leaving follow_leaving(const std::optional<Leaving>& last, Decimal level, std::int64_t day);

// Paid in (out: negative) since last_equity. `booked` is intraday_adjustments.
Decimal transfers_since(Decimal booked, const Leaving& leaving);

json::object to_json(const Leaving& leaving);
std::optional<Leaving> parse_leaving(const json::value* value);

}  // namespace check_alpaca
