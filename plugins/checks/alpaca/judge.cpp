#include "judge.h"

#include <algorithm>

#include "reply.h"

namespace check_alpaca {
namespace {

using trading::Lasting;
using trading::Severity;
using trading::Sheet;
using trading::word;

// Equity as it would be without the money that was paid in or out.
std::optional<Decimal> without_transfers(const Account& account) {
  if (!account.equity) return std::nullopt;
  const auto worth = Decimal::subtract(*account.equity, account.transfers);
  return worth ? std::optional(*worth) : std::nullopt;
}

void judge_restrictions(Sheet& sheet, const Account& account) {
  if (account.status == "ACTIVE" && account.blocks.empty()) return;
  std::string what;
  if (account.status != "ACTIVE") what = "its status is " + word(account.status);
  for (const auto& flag : account.blocks) what += (what.empty() ? "" : ", ") + flag;
  sheet.add({.key = "account",
             .severity = Severity::crit,
             .title = "the account is restricted: " + what,
             .detail = "Alpaca lets it trade only while its status is ACTIVE and no flag is set. "
                       "Its dashboard says why."});
}

void judge_money(Sheet& sheet, const Account& account, const Settings& settings) {
  if (settings.min_buying_power > Decimal() && account.buying_power &&
      *account.buying_power < settings.min_buying_power) {
    sheet.add(
        {.key = "buying-power",
         .title = "buying power is low: " + account.buying_power->dollars(),
         .detail = "Less than " + settings.min_buying_power.dollars() + " (min_buying_power)."});
  }
  if (account.cash && account.cash->is_negative() && !settings.may_borrow) {
    sheet.add({.key = "cash",
               .title = "cash is below zero: " + account.cash->dollars(),
               .detail = "The account borrows, which costs interest. Where that is meant, set "
                         "may_borrow: true."});
  }
  if (!account.maintenance_margin || !account.equity || settings.margin_limit.count == 0) return;
  const bool has_debt_only =
      !(*account.equity > Decimal()) && *account.maintenance_margin > Decimal();
  if (!has_debt_only && !money::is_share_at_least(*account.maintenance_margin, *account.equity,
                                                  settings.margin_limit))
    return;
  sheet.add({.key = "margin",
             .title = "the maintenance margin takes " +
                      (has_debt_only ? "more than all"
                                     : money::percent(money::share_of(*account.maintenance_margin,
                                                                      *account.equity))) +
                      " of the equity",
             .detail = account.maintenance_margin->dollars() + " of " + account.equity->dollars() +
                       "; at 100 % positions are closed by the broker."});
}

// States in which an order should stay for seconds only.
bool is_in_between(const Order& order) {
  static constexpr const char* kStates[] = {"pending_new", "pending_cancel", "pending_replace",
                                            "accepted", "suspended"};
  return std::find(std::begin(kStates), std::end(kStates), order.status) != std::end(kStates);
}

}  // namespace

bool is_market_open(const std::optional<Clock>& clock, Timestamp now) {
  if (!clock) return trading::is_regular_session(now);
  const Timestamp first = std::min(clock->next_open, clock->next_close);
  const Timestamp second = std::max(clock->next_open, clock->next_close);
  if (now < first) return clock->is_open;
  if (now < second) return !clock->is_open;
  return trading::is_regular_session(now);
}

bool is_paused(const World& world, Timestamp now) {
  if (!world.clock || !world.session || is_market_open(world.clock, now)) return false;
  const int minute = trading::eastern(now).minute;
  return minute >= world.session->open_minute && minute < world.session->close_minute;
}

void judge_account(Sheet& sheet, const World& world, const Settings& settings, Timestamp now) {
  if (is_paused(world, now)) {
    sheet.add({.key = "paused",
               .severity = Severity::info,
               .title = "the market is closed although today is a trading day",
               .detail = "It opens again " + trading::describe_eastern(world.clock->next_open) +
                         ", by Alpaca's clock."});
  }
  if (!world.account) return;
  const Account& account = *world.account;
  judge_restrictions(sheet, account);
  judge_money(sheet, account, settings);
  const auto worth = without_transfers(account);
  if (worth && account.last_equity) {
    trading::tell_fall(sheet, "day-loss", *worth, *account.last_equity, settings.day,
                       "since the previous close");
  }
  const auto peak = next_peak(world);
  if (peak && account.equity)
    trading::tell_fall(sheet, "drawdown", *account.equity, peak->mark, settings.peak,
                       "from its highest mark");
}

void judge_orders(Sheet& sheet, const World& world, const Settings& settings, Timestamp now) {
  const bool is_open = is_market_open(world.clock, now);
  const trading::EasternTime local = trading::eastern(now);
  const Timestamp session_open = trading::from_eastern(local.day, 9 * 60 + 30);
  // Since then nobody knows what became of them: no order gets stuck by the network alone.
  const Timestamp looked = world.orders_taken.value_or(now);
  for (const auto& order : world.open_orders) {
    const bool is_crypto = order.asset_class == "crypto";
    const auto since = order.updated ? order.updated : order.submitted;
    // An order waits for the open as long as the market is closed: that is its normal state.
    if (!is_in_between(order) || !since || (!is_open && !is_crypto)) continue;
    const Timestamp begin = is_crypto ? *since : std::max(*since, session_open);
    if (looked - begin < settings.order_stuck_after) continue;
    sheet.add({.key = "order:" + order.id,
               .title = "order stuck in " + order.status + " for " +
                        chela::describe_duration(looked - begin) + ": " + word(order.side) + " " +
                        word(order.symbol),
               .detail = "Order " + word(order.id) + ", since " + trading::format_time(*since) +
                         ". Alpaca or the exchange has not answered it."});
  }
}

void judge_events(Sheet& sheet, const World& world) {
  // When it failed is told by Alpaca's clock, when somebody looked by this machine's; what was told
  // is known by its id.
  constexpr Duration kClocksDiffer = std::chrono::minutes(2);
  for (const auto& order : world.closed_orders) {
    const auto when = order.failed ? order.failed : order.updated ? order.updated : order.submitted;
    const bool is_new = world.last_look && when && *when > *world.last_look - kClocksDiffer;
    if (order.status != "rejected" || !is_new || world.told.contains(order.id)) continue;
    sheet.add({.key = "rejected:" + order.id,
               .title = "order rejected: " + word(order.side) + " " + word(order.symbol),
               .detail = "Order " + word(order.id) + ", " + trading::format_time(*when) + ".",
               .lasting = Lasting::event});
  }
  for (const auto& activity : world.activities) {
    if (world.told.contains(activity.id)) continue;
    std::string title = "settled: " + word(activity.type);
    if (!activity.symbol.empty()) title += " " + word(activity.symbol);
    if (!activity.quantity.empty()) title += ", quantity " + word(activity.quantity);
    if (activity.net_amount) title += ", " + activity.net_amount->dollars();
    sheet.add({.key = "activity:" + activity.id,
               .severity = Severity::info,
               .title = title,
               .lasting = Lasting::event});
  }
}

std::optional<trading::Peak> next_peak(const World& world) {
  if (!world.account || !world.account->equity) return world.peak;
  const Account& account = *world.account;
  const auto peak =
      trading::follow_peak(world.peak, *account.equity, account.transfers, account.day);
  return peak ? peak : world.peak;
}

std::optional<Timestamp> last_act(const World& world) {
  std::optional<Timestamp> last;
  const auto look = [&](const std::optional<Timestamp>& time) {
    if (time && (!last || *time > *last)) last = time;
  };
  for (const auto* orders : {&world.open_orders, &world.closed_orders}) {
    for (const auto& order : *orders) {
      look(order.submitted);
      look(order.filled);
    }
  }
  return last;
}

std::string describe(const World& world) {
  std::string text;
  if (world.account && world.account->equity) {
    text = "equity " + world.account->equity->dollars();
    const auto worth = without_transfers(*world.account);
    if (worth && world.account->last_equity) {
      const Decimal change =
          Decimal::subtract(*worth, *world.account->last_equity).value_or(Decimal());
      const char* plus = change.is_negative() ? "" : "+";
      text += ", " + (plus + money::percent(money::share_of(change, *world.account->last_equity))) +
              " today (" + plus + change.dollars() + ")";
    }
    text += "; ";
  }
  const auto count = [](std::size_t n, const char* what) {
    return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
  };
  return text + count(world.positions.size(), "position") + ", " +
         count(world.open_orders.size(), "open order");
}

}  // namespace check_alpaca
