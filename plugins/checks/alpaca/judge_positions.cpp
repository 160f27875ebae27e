// The rules about what is held: expiries, missing stops, concentration, what the bot believes.
#include <algorithm>

#include "bot_report.h"
#include "judge.h"
#include "reply.h"

namespace check_alpaca {
namespace {

using trading::Severity;
using trading::Sheet;
using trading::word;

void judge_expiry(Sheet& sheet, const Position& position, const World& world,
                  const Settings& settings, Timestamp now) {
  if (position.asset_class != "us_option") return;
  const auto expiry = expiry_of(position.symbol);
  const trading::EasternTime local = trading::eastern(now);
  if (!expiry || *expiry != local.day) return;
  const int close_minute = world.session ? world.session->close_minute : 16 * 60;
  const Timestamp close = world.clock && world.clock->is_open
                              ? world.clock->next_close
                              : trading::from_eastern(local.day, close_minute);
  if (now >= close) return;
  const bool is_soon = close - now <= settings.expiry_warn_before;
  sheet.add({.key = "expiring:" + position.symbol,
             .severity = is_soon ? Severity::warn : Severity::info,
             .title = "option expires today: " + word(position.symbol) + ", quantity " +
                      position.quantity.text(),
             .detail = "The market closes in " + chela::describe_duration(close - now) +
                       (position.quantity.is_negative() ? "; a short option may be assigned."
                                                        : "; it is exercised or ends worthless.")});
}

bool has_stop(const Position& position, const std::vector<Order>& orders) {
  const char* side = position.quantity.is_negative() ? "buy" : "sell";
  return std::any_of(orders.begin(), orders.end(), [&](const Order& order) {
    return order.symbol == position.symbol && order.side == side &&
           (order.type == "stop" || order.type == "stop_limit" || order.type == "trailing_stop");
  });
}

void judge_concentration(Sheet& sheet, const Position& position, const World& world,
                         const Settings& settings) {
  if (settings.concentration_limit.count == 0 || !world.account || !world.account->equity ||
      !position.market_value)
    return;
  const Decimal size = position.market_value->magnitude();
  if (!money::is_share_at_least(size, *world.account->equity, settings.concentration_limit)) return;
  sheet.add({.key = "concentration:" + position.symbol,
             .title = word(position.symbol) + " is " +
                      money::percent(money::share_of(size, *world.account->equity)) +
                      " of the equity",
             .detail = size.dollars() + " of " + world.account->equity->dollars() + "; told from " +
                       money::percent(settings.concentration_limit) + " (concentration_percent)."});
}

}  // namespace

void judge_positions(Sheet& sheet, const World& world, const Settings& settings, Timestamp now) {
  for (const auto& position : world.positions) {
    judge_expiry(sheet, position, world, settings, now);
    judge_concentration(sheet, position, world, settings);
    // One list of long ago and one of now say nothing together.
    const bool is_known = world.are_positions_fresh && world.are_open_orders_fresh;
    if (settings.wants_stops && is_known && position.asset_class == "us_equity" &&
        !has_stop(position, world.open_orders)) {
      sheet.add({.key = "no-stop:" + position.symbol,
                 .severity = Severity::info,
                 .title = word(position.symbol) + " has no stop order"});
    }
  }
}

void judge_holdings(Sheet& sheet, const World& world, const trading::Holdings& bot,
                    const std::string& path) {
  trading::Holdings service;
  for (const auto& position : world.positions) service[position.symbol] = position.quantity;
  for (const auto& difference : trading::compare(bot, service)) {
    sheet.add({.key = "unknown:" + difference.symbol,
               .title = "the bot believes it holds " + difference.bot.text() + " " +
                        word(difference.symbol) + ", Alpaca says " + difference.service.text(),
               .part = trading::holdings_part(path)});
  }
}

}  // namespace check_alpaca
