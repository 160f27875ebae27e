#include "settings.h"

#include "reply.h"

namespace check_alpaca {
namespace {

using chela::ErrorCode;
using chela::fail;
using chela::Result;

constexpr trading::KnownHost kHosts[] = {{"paper-api.alpaca.markets", "paper"},
                                         {"api.alpaca.markets", "live"}};

Result<std::string> activity_types(const chela::Config& config) {
  std::string joined;
  for (const auto& type : config.strings("activities")) {
    if (type.empty() || type.size() > 12 ||
        type.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos) {
      return fail(ErrorCode::invalid_argument,
                  "activities: wanted types in capitals such as OPEXP, found '" +
                      trading::word(type) + "'");
    }
    joined += (joined.empty() ? "" : ",") + type;
  }
  return joined;
}

}  // namespace

Result<Settings> read_settings(const chela::Config& config) {
  Settings settings;
  CHELA_TRY(settings.place, trading::find_place(config.get("base_url"), kHosts));
  CHELA_TRY(settings.bot, trading::read_bot_settings(config));
  CHELA_TRY(settings.day,
            trading::read_fall_limits(config, "day_loss_warn_percent", "day_loss_crit_percent"));
  CHELA_TRY(settings.peak,
            trading::read_fall_limits(config, "drawdown_warn_percent", "drawdown_crit_percent"));
  CHELA_TRY(settings.margin_limit, trading::read_percent_setting(config, "margin_percent"));
  CHELA_TRY(settings.concentration_limit,
            trading::read_percent_setting(config, "concentration_percent"));
  CHELA_TRY(settings.activity_types, activity_types(config));
  const auto dollars = money::Decimal::whole(config.get("min_buying_power", 0));
  if (!dollars || dollars->is_negative()) {
    return fail(ErrorCode::invalid_argument,
                "min_buying_power: wanted whole dollars from 0 to 10^16, found something else");
  }
  settings.min_buying_power = *dollars;
  settings.timeout = config.duration("timeout", std::chrono::seconds(10));
  settings.watches_bot_always = config.get("bot_hours") == "always";
  settings.bot_idle_after = config.duration("bot_idle_after", chela::Duration(0));
  // A session has six and a half hours; a longer time would never pass.
  if (settings.bot_idle_after > std::chrono::minutes(390)) {
    return fail(ErrorCode::invalid_argument,
                "bot_idle_after: wanted at most 6h30m, the length of a session, found " +
                    chela::format_duration(settings.bot_idle_after));
  }
  settings.order_stuck_after = config.duration("order_stuck_after", std::chrono::minutes(10));
  settings.may_borrow = config.get("may_borrow", false);
  settings.expiry_warn_before = config.duration("expiry_warn_before", std::chrono::hours(2));
  settings.wants_stops = config.get("wants_stops", false);
  return settings;
}

}  // namespace check_alpaca
