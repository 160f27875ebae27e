// The settings of check.kalshi, read and refused once.
#pragma once

#include <chela/config.h>

#include <set>

#include "bot.h"
#include "drawdown.h"
#include "place.h"

namespace check_kalshi {

struct Settings {
  trading::Place place;
  chela::Duration timeout{};
  trading::BotSettings bot;
  bool watches_bot_always = false;  // also while trading is paused
  chela::Duration bot_idle_after{};
  trading::FallLimits day, peak;
  chela::Duration order_resting_after{};
  std::int64_t min_free_micros = 0;
  std::set<std::int64_t> shards;  // on which the bot trades, besides those with orders or positions
  money::BasisPoints concentration_limit{};
  chela::Duration settlement_info_before{}, settlement_warn_before{}, access_warn_before{};
};

// invalid_argument names the setting, what is wanted and what was found.
chela::Result<Settings> read_settings(const chela::Config& config);

}  // namespace check_kalshi
