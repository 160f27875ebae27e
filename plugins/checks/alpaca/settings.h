// The settings of check.alpaca, read and refused once.
#pragma once

#include <chela/config.h>

#include "bot.h"
#include "drawdown.h"
#include "place.h"

namespace check_alpaca {

struct Settings {
  trading::Place place;
  chela::Duration timeout{};
  trading::BotSettings bot;
  bool watches_bot_always = false;  // also while the market is closed
  chela::Duration bot_idle_after{};
  trading::FallLimits day, peak;
  chela::Duration order_stuck_after{};
  money::Decimal min_buying_power{};
  bool may_borrow = false;  // cash below zero is meant
  money::BasisPoints margin_limit{}, concentration_limit{};
  chela::Duration expiry_warn_before{};
  bool wants_stops = false;
  std::string activity_types;  // with commas, "" = none
};

// invalid_argument names the setting, what is wanted and what was found.
chela::Result<Settings> read_settings(const chela::Config& config);

}  // namespace check_alpaca
