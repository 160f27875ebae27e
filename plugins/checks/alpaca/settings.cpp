#include "settings.h"

#include "reply.h"

namespace check_alpaca {
namespace {

using chela::ErrorCode;
using chela::fail;
using chela::Result;
using money::BasisPoints;

constexpr trading::KnownHost kHosts[] = {{"paper-api.alpaca.markets", "paper"},
                                         {"api.alpaca.markets", "live"}};

Result<BasisPoints> percent(const chela::Config& config, const char* name, double otherwise) {
  const auto read = money::read_percent(config.get(name, otherwise));
  if (!read) return fail(read.error().code, std::string(name) + ": " + read.error().message);
  return *read;
}

Result<trading::FallLimits> fall(const chela::Config& config, const char* warn_name,
                                 const char* crit_name) {
  CHELA_TRY(const BasisPoints warn, percent(config, warn_name, 0.0));
  CHELA_TRY(const BasisPoints crit, percent(config, crit_name, 0.0));
  if (warn.count > 0 && crit.count > 0 && crit < warn) {
    return fail(ErrorCode::invalid_argument, std::string(crit_name) + ": wanted at least " +
                                                 warn_name + " (" + money::percent(warn) +
                                                 "), found " + money::percent(crit));
  }
  return trading::FallLimits{warn, crit};
}

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
  CHELA_TRY(settings.day, fall(config, "day_loss_warn_percent", "day_loss_crit_percent"));
  CHELA_TRY(settings.peak, fall(config, "drawdown_warn_percent", "drawdown_crit_percent"));
  CHELA_TRY(settings.margin_limit, percent(config, "margin_percent", 0.0));
  CHELA_TRY(settings.concentration_limit, percent(config, "concentration_percent", 0.0));
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
  settings.order_stuck_after = config.duration("order_stuck_after", std::chrono::minutes(10));
  settings.may_borrow = config.get("may_borrow", false);
  settings.expiry_warn_before = config.duration("expiry_warn_before", std::chrono::hours(2));
  settings.wants_stops = config.get("wants_stops", false);
  return settings;
}

}  // namespace check_alpaca
