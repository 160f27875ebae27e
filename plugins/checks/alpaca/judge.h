// What of an Alpaca account is worth a person's attention: pure rules over what was read.
#pragma once

#include <set>
#include <string>

#include "documents.h"
#include "habit.h"
#include "holdings.h"
#include "settings.h"
#include "sheet.h"
#include "transfers.h"

namespace check_alpaca {

// Everything that is known in this run; what is absent was never read.
struct World {
  std::optional<Account> account;
  std::optional<Leaving> leaving;  // after this run
  std::optional<Clock> clock;
  std::optional<Session> session;  // today's, where it was asked for
  std::vector<Position> positions;
  bool are_positions_fresh = false;
  std::vector<Order> open_orders;
  bool are_open_orders_fresh = false;
  std::optional<Timestamp> orders_taken;  // when the open ones were read
  std::vector<Order> closed_orders;       // of this run only
  std::vector<Activity> activities;       // of this run only
  bool are_orders_fresh = false;          // both lists
  std::optional<trading::Peak> peak;      // before this run
  std::optional<Timestamp> last_look;     // absent: the first run
  std::set<std::string> told;             // ids of events that were told
};

// By a clock that may have been read long ago: its next changes tell what has become of it since;
// beyond them New York's usual hours do.
bool is_market_open(const std::optional<Clock>& clock, Timestamp now);

// The market is closed in the middle of a session that today's calendar has.
bool is_paused(const World& world, Timestamp now);

void judge_account(trading::Sheet& sheet, const World& world, const Settings& settings,
                   Timestamp now);
void judge_orders(trading::Sheet& sheet, const World& world, const Settings& settings,
                  Timestamp now);
void judge_positions(trading::Sheet& sheet, const World& world, const Settings& settings,
                     Timestamp now);
// What happened since the last look: settled, rejected.
void judge_events(trading::Sheet& sheet, const World& world);
// `bot` is what its own state file `path` says.
void judge_holdings(trading::Sheet& sheet, const World& world, const trading::Holdings& bot,
                    const std::string& path);

// The peak after this run; as before where the account is not known.
std::optional<trading::Peak> next_peak(const World& world);
// The latest order or fill that is known.
std::optional<Timestamp> last_act(const World& world);

// "equity $123,346.11, +1.09 % today (+$1,335.01); 3 positions, 2 open orders".
std::string describe(const World& world);

}  // namespace check_alpaca
