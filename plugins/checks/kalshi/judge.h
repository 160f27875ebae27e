// What of a Kalshi account is worth a person's attention: pure rules over what was read.
#pragma once

#include <set>
#include <string>

#include "documents.h"
#include "holdings.h"
#include "memory.h"
#include "settings.h"
#include "sheet.h"

namespace check_kalshi {

using money::Decimal;

// What the account was worth when the day began in New York, without what was paid in since.
struct DayStart {
  std::int64_t day = 0;
  Decimal worth{};
};

// Everything that is known in this run; what is absent was never read.
struct World {
  std::optional<ExchangeStatus> status;
  bool is_status_old = false;  // not of this run
  std::optional<Balance> balance;
  std::vector<Position> positions;
  bool are_positions_fresh = false;
  std::vector<Order> orders;              // resting
  std::optional<Timestamp> orders_taken;  // when they were read
  std::vector<Market> markets;            // of positions and orders
  std::vector<Settlement> settlements;    // of this run only
  Access access;
  std::vector<UsageGrant> grants;
  Timestamp money_taken{};            // when the balance was read
  bool are_transfers_fresh = true;    // as far as the key may see them
  Decimal transfers{};                // paid in (out: negative) since that day began
  std::optional<trading::Peak> peak;  // before this run
  std::optional<DayStart> day_start;  // of an earlier run of that day
  std::set<std::string> told;         // ids of events that were told
};

Decimal to_decimal(MicroDollars amount);
// Cash and positions together.
std::optional<Decimal> worth_of(const World& world);
// Announced maintenance in which the exchange indeed rests, or does not answer.
bool is_in_maintenance(const World& world, Timestamp now);
// Trading is possible, as far as known.
bool is_trading(const World& world, Timestamp now);
// Where the bot trades: named in the settings, or with an order or a position of its own.
std::set<std::int64_t> traded_shards(const World& world, const Settings& settings);

void judge_exchange(trading::Sheet& sheet, const World& world, const Settings& settings,
                    Timestamp now);
void judge_access(trading::Sheet& sheet, const World& world, const Settings& settings,
                  Timestamp now);
void judge_money(trading::Sheet& sheet, const World& world, const Settings& settings);
void judge_orders(trading::Sheet& sheet, const World& world, const Settings& settings,
                  Timestamp now);
void judge_positions(trading::Sheet& sheet, const World& world, const Settings& settings,
                     Timestamp now);
// What was settled since the last look.
void judge_settlements(trading::Sheet& sheet, const World& world);
// `bot` is what its own state file `path` says, in contracts; NO is negative.
void judge_holdings(trading::Sheet& sheet, const World& world, const trading::Holdings& bot,
                    const std::string& path);

// Day's start and peak after this run; as before where the worth is not known, or what was paid in.
std::optional<DayStart> next_day_start(const World& world);
std::optional<trading::Peak> next_peak(const World& world);

json::object to_json(const DayStart& start);
// Of another day nothing is taken.
std::optional<DayStart> parse_day_start(const json::value* value, std::int64_t day);

// "balance $1,234.50, positions $200.00, +1.2 % today (+$17.00); 3 positions, 2 resting orders".
std::string describe(const World& world);

}  // namespace check_kalshi
