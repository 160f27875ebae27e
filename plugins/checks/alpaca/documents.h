// What Alpaca's answers say, as far as this check needs it. Pure.
//
// Source: Alpaca's Trading API 2.0.1. Money is text there. Only `id` and `status` of an account are
// certain to be given; everything else may be absent. keep_*() take from an answer what is worth
// keeping in the cursor; read_*() read what was kept. A member that makes no sense is as if it were
// absent, an entry of a list without its essentials is passed over.
#pragma once

#include <chela/json.h>
#include <chela/result.h>

#include <optional>
#include <string>
#include <vector>

#include "decimal.h"
#include "moments.h"

namespace check_alpaca {

namespace json = chela::json;
using chela::Duration;
using chela::Result;
using chela::Timestamp;
using money::Decimal;

struct Account {
  std::string status;               // "ACTIVE"
  std::vector<std::string> blocks;  // flags that are set: "trading_blocked", ..
  std::optional<Decimal> equity, last_equity, cash, buying_power, maintenance_margin;
  Decimal booked{};      // paid in (out: negative) today
  Decimal leaving{};     // on its way out, perhaps for days; what is on its way in is not yet here
  Decimal transfers{};   // paid in (out: negative) since last_equity, by both: transfers.h
  std::int64_t day = 0;  // of last_equity; where Alpaca does not say, of the answer
};

struct Clock {
  bool is_open = false;
  Timestamp next_open{}, next_close{};
};

struct Position {
  std::string symbol, asset_class;
  Decimal quantity{};  // negative: short
  std::optional<Decimal> market_value{};
};

struct Order {
  std::string id, symbol, status, type, side, asset_class;
  std::optional<Timestamp> submitted{}, updated{}, filled{}, failed{};
};

struct Activity {
  std::string id, type, symbol, quantity;
  std::optional<Decimal> net_amount{};
};

// Today's session by the calendar; absent where there is none.
struct Session {
  int open_minute = 0, close_minute = 0;  // since midnight in New York
};

Result<json::value> keep_account(const json::value& answer);
Result<json::value> keep_clock(const json::value& answer);
Result<json::value> keep_positions(const json::value& answer);
// Legs of an order stand beside it.
Result<json::value> keep_orders(const json::value& answer);
Result<json::value> keep_activities(const json::value& answer);
// {"day": "2026-11-27", "open": 570, "close": 780}, or only the day where it is no trading day.
Result<json::value> keep_calendar(const json::value& answer, std::int64_t day);

// `taken`: when that was. Leaves `transfers` at nothing, they need what was seen before.
Account read_account(const json::value& kept, Timestamp taken);
std::optional<Clock> read_clock(const json::value* kept);
std::vector<Position> read_positions(const json::value* kept);
std::vector<Order> read_orders(const json::value* kept);
std::vector<Activity> read_activities(const json::value* kept);
std::optional<Session> read_session(const json::value* kept);

// The day on which an option expires, from its OCC symbol such as AAPL261127C00200000.
std::optional<std::int64_t> expiry_of(std::string_view symbol);

}  // namespace check_alpaca
