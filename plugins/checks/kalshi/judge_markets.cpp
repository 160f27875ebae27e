// The rules about orders, positions and the markets that they are on.
#include <algorithm>

#include "bot_report.h"
#include "judge.h"
#include "reply.h"

namespace check_kalshi {
namespace {

using trading::Lasting;
using trading::Severity;
using trading::Sheet;
using trading::word;

// An order past its time is taken off within seconds where all is well.
constexpr Duration kExpiryGrace = std::chrono::minutes(5);

const Market* market_of(const World& world, const std::string& ticker) {
  const auto found = std::find_if(world.markets.begin(), world.markets.end(),
                                  [&](const Market& market) { return market.ticker == ticker; });
  return found == world.markets.end() ? nullptr : &*found;
}

std::string contracts(const Position& position) {
  const std::int64_t count = position.contracts.count;
  const std::int64_t size = count < 0 ? -count : count;
  std::string text = std::to_string(size / 100);
  if (size % 100 != 0) {
    text += "." + std::to_string(size % 100 / 10);
    if (size % 10 != 0) text += std::to_string(size % 10);
  }
  return text + (count < 0 ? " NO" : " YES");
}

// Why an order should not rest where it does, "" where it may.
std::string trouble_of(const Order& order, const Market* market, const Settings& settings,
                       Timestamp now) {
  if (order.expires && now - *order.expires > kExpiryGrace)
    return "rests although it expired " + chela::describe_duration(now - *order.expires) + " ago";
  if (market != nullptr && market->status != "active")
    return "rests on a market that is " + word(market->status, 30);
  if (settings.order_resting_after > Duration(0) && order.created &&
      now - *order.created >= settings.order_resting_after)
    return "rests for " + chela::describe_duration(now - *order.created);
  return "";
}

// The next of the two times at which a market may end; the expected one can be before the close.
std::optional<Timestamp> next_end(const Market& market, Timestamp now) {
  std::optional<Timestamp> next;
  for (const auto& time : {market.closes, market.expected}) {
    if (time && *time > now && (!next || *time < *next)) next = time;
  }
  return next;
}

void judge_end(Sheet& sheet, const Position& position, const Market& market,
               const Settings& settings, Timestamp now) {
  const std::string key = "market:" + market.ticker;
  const std::string name = word(market.ticker) + " (" + contracts(position) + ")";
  if (market.status == "disputed" || market.status == "amended") {
    sheet.add({.key = key,
               .title = "the result of " + name + " is " + market.status,
               .detail = "Its settlement may change or be late."});
  } else if (market.status == "determined") {
    sheet.add({.key = key,
               .severity = Severity::info,
               .title = name + " is determined: " +
                        (market.result.empty() ? "no result yet" : word(market.result, 20))});
  } else if (market.status == "closed") {
    sheet.add({.key = key, .severity = Severity::info, .title = name + " waits for its result"});
  } else if (market.status == "active") {
    const auto end = next_end(market, now);
    if (!end || *end - now > settings.settlement_info_before) return;
    const bool is_soon = *end - now <= settings.settlement_warn_before;
    sheet.add({.key = key,
               .severity = is_soon ? Severity::warn : Severity::info,
               .title = name + " ends in " + chela::describe_duration(*end - now),
               .detail = "On " + trading::describe_eastern(*end) + "."});
  }
}

void judge_concentration(Sheet& sheet, const Position& position, const Decimal& worth,
                         const Settings& settings) {
  const Decimal size = to_decimal(position.exposure).magnitude();
  if (settings.concentration_limit.count == 0 ||
      !money::is_share_at_least(size, worth, settings.concentration_limit))
    return;
  sheet.add({.key = "concentration:" + position.ticker,
             .title = word(position.ticker) + " is " +
                      money::percent(money::share_of(size, worth)) + " of the account",
             .detail = size.dollars() + " of " + worth.dollars() + "; told from " +
                       money::percent(settings.concentration_limit) + " (concentration_percent)."});
}

}  // namespace

void judge_orders(Sheet& sheet, const World& world, const Settings& settings, Timestamp now) {
  // While the exchange rests, orders rest with it.
  if (!is_trading(world, now)) return;
  // Since then nobody knows what became of them: no order rests too long by the network alone.
  const Timestamp looked = world.orders_taken.value_or(now);
  for (const auto& order : world.orders) {
    const std::string trouble = trouble_of(order, market_of(world, order.ticker), settings, looked);
    if (trouble.empty()) continue;
    sheet.add({.key = "order:" + order.id,
               .title = "order on " + word(order.ticker) + " " + trouble,
               .detail = "Order " + word(order.id) +
                         (order.created ? ", placed " + trading::format_time(*order.created) + "."
                                        : ".")});
  }
}

void judge_positions(Sheet& sheet, const World& world, const Settings& settings, Timestamp now) {
  const auto worth = worth_of(world);
  for (const auto& position : world.positions) {
    const Market* market = market_of(world, position.ticker);
    if (market != nullptr) judge_end(sheet, position, *market, settings, now);
    if (worth) judge_concentration(sheet, position, *worth, settings);
  }
}

void judge_settlements(Sheet& sheet, const World& world) {
  for (const auto& settlement : world.settlements) {
    if (world.told.contains(settlement.id)) continue;
    const Decimal profit = to_decimal(settlement.profit);
    sheet.add({.key = "settled:" + settlement.id,
               .severity = Severity::info,
               .title = "settled: " + word(settlement.ticker) + " as " +
                        word(settlement.result, 20) + ", " + (profit.is_negative() ? "" : "+") +
                        profit.dollars(),
               .detail = "Revenue less cost and fees.",
               .lasting = Lasting::event});
  }
}

void judge_holdings(Sheet& sheet, const World& world, const trading::Holdings& bot,
                    const std::string& path) {
  trading::Holdings service;
  for (const auto& position : world.positions) {
    // A centi-contract is 10,000 millionths.
    std::int64_t micros = 0;
    if (__builtin_mul_overflow(position.contracts.count, std::int64_t{10'000}, &micros)) continue;
    service[position.ticker] = to_decimal({micros});
  }
  for (const auto& difference : trading::compare(bot, service)) {
    sheet.add({.key = "unknown:" + difference.symbol,
               .title = "the bot believes it holds " + difference.bot.text() + " of " +
                        word(difference.symbol) + ", Kalshi says " + difference.service.text(),
               .detail = "NO counts as negative.",
               .part = trading::holdings_part(path)});
  }
}

}  // namespace check_kalshi
