#include "settings.h"

namespace check_kalshi {
namespace {

using chela::Duration;
using chela::ErrorCode;
using chela::fail;
using chela::Result;

constexpr trading::KnownHost kHosts[] = {{"external-api.demo.kalshi.co", "demo"},
                                         {"demo-api.kalshi.co", "demo"},
                                         {"external-api.kalshi.com", "live"},
                                         {"api.elections.kalshi.com", "live"}};
constexpr std::string_view kApiPath = "/trade-api/v2";

Result<std::set<std::int64_t>> read_shards(const chela::Config& config) {
  std::set<std::int64_t> shards;
  const auto* list = chela::find(config.value(), "shards");
  if (list == nullptr || !list->is_array()) return shards;
  for (const auto& entry : list->get_array()) {
    if (!entry.is_int64() || entry.get_int64() < 0 || entry.get_int64() > 1000)
      return fail(ErrorCode::invalid_argument, "shards: wanted numbers from 0 to 1000");
    shards.insert(entry.get_int64());
  }
  return shards;
}

}  // namespace

Result<Settings> read_settings(const chela::Config& config) {
  Settings settings;
  std::string url = config.get("base_url");
  while (url.ends_with('/')) url.pop_back();
  if (url.ends_with(kApiPath)) url.resize(url.size() - kApiPath.size());
  CHELA_TRY(settings.place, trading::find_place(url, kHosts));
  CHELA_TRY(settings.bot, trading::read_bot_settings(config));
  CHELA_TRY(settings.day,
            trading::read_fall_limits(config, "day_loss_warn_percent", "day_loss_crit_percent"));
  CHELA_TRY(settings.peak,
            trading::read_fall_limits(config, "drawdown_warn_percent", "drawdown_crit_percent"));
  CHELA_TRY(settings.concentration_limit,
            trading::read_percent_setting(config, "concentration_percent"));
  CHELA_TRY(settings.shards, read_shards(config));
  constexpr std::int64_t kMostDollars = 1'000'000'000;
  const std::int64_t dollars = config.get("min_free_balance", 0);
  if (dollars < 0 || dollars > kMostDollars)
    return fail(ErrorCode::invalid_argument,
                "min_free_balance: wanted whole dollars from 0 to 10^9, found something else");
  settings.min_free_micros = dollars * 1'000'000;
  settings.timeout = config.duration("timeout", std::chrono::seconds(10));
  settings.watches_bot_always = config.get("bot_hours") == "always";
  settings.bot_idle_after = config.duration("bot_idle_after", Duration(0));
  if (settings.bot_idle_after > std::chrono::hours(24)) {
    return fail(ErrorCode::invalid_argument,
                "bot_idle_after: wanted at most 24h, since it looks no further back, found " +
                    chela::format_duration(settings.bot_idle_after));
  }
  settings.order_resting_after = config.duration("order_resting_after", std::chrono::hours(24));
  settings.settlement_info_before =
      config.duration("settlement_info_before", std::chrono::hours(24));
  settings.settlement_warn_before =
      config.duration("settlement_warn_before", std::chrono::hours(1));
  settings.access_warn_before = config.duration("access_warn_before", std::chrono::hours(168));
  if (settings.settlement_warn_before > settings.settlement_info_before) {
    return fail(ErrorCode::invalid_argument,
                "settlement_warn_before: wanted at most settlement_info_before (" +
                    chela::format_duration(settings.settlement_info_before) + "), found " +
                    chela::format_duration(settings.settlement_warn_before));
  }
  return settings;
}

}  // namespace check_kalshi
