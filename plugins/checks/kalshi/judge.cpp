#include "judge.h"

#include <algorithm>

#include "reply.h"

namespace check_kalshi {
namespace {

using trading::Severity;
using trading::Sheet;
using trading::word;

constexpr MicroDollars kOneDollar{1'000'000};

std::string in_time(Timestamp when, Timestamp now) {
  return when > now ? "in " + chela::describe_duration(when - now)
                    : chela::describe_duration(now - when) + " ago";
}

std::string back_words(const ExchangeStatus& status) {
  const auto time = trading::parse_time(status.back_at);
  return time ? "Expected back " + trading::describe_eastern(*time) + "."
              : "Nobody says when it will be back.";
}

void judge_shards(Sheet& sheet, const World& world, const Settings& settings) {
  const auto least = std::max(MicroDollars{settings.min_free_micros}, kOneDollar);
  const auto traded = traded_shards(world, settings);
  const auto& shards = world.balance->shards;
  const auto rich = std::max_element(shards.begin(), shards.end(),
                                     [](const auto& a, const auto& b) { return a.free < b.free; });
  if (rich == shards.end() || rich->free < least) return;
  for (const std::int64_t index : traded) {
    const auto own = std::find_if(shards.begin(), shards.end(),
                                  [&](const Shard& shard) { return shard.index == index; });
    const MicroDollars free = own == shards.end() ? MicroDollars{} : own->free;
    if (free >= least || rich->index == index) continue;
    sheet.add({.key = "shard:" + std::to_string(index),
               .title = "shard " + std::to_string(index) + ", where the bot trades, has " +
                        to_decimal(free).dollars() + " free; shard " + std::to_string(rich->index) +
                        " has " + to_decimal(rich->free).dollars(),
               .detail = "Each shard of the exchange has a balance of its own. Move money to the "
                         "one that is traded."});
  }
}

}  // namespace

Decimal to_decimal(MicroDollars amount) {
  return Decimal::from_micros(amount.count).value_or(Decimal());  // always within its bounds
}

std::optional<Decimal> worth_of(const World& world) {
  if (!world.balance) return std::nullopt;
  const auto sum =
      Decimal::add(to_decimal(world.balance->free), to_decimal(world.balance->portfolio));
  return sum ? std::optional(*sum) : std::nullopt;
}

bool is_in_maintenance(const World& world, Timestamp now) {
  return trading::is_planned_maintenance(now) &&
         (!world.status || world.is_status_old || !world.status->is_active ||
          !world.status->is_trading);
}

bool is_trading(const World& world, Timestamp now) {
  if (!world.status || (world.is_status_old && trading::is_planned_maintenance(now)))
    return !trading::is_planned_maintenance(now);
  return world.status->is_active && world.status->is_trading;
}

std::set<std::int64_t> traded_shards(const World& world, const Settings& settings) {
  std::set<std::int64_t> shards = settings.shards;
  for (const auto& order : world.orders) shards.insert(order.shard);
  for (const auto& position : world.positions) shards.insert(position.shard);
  return shards;
}

void judge_exchange(Sheet& sheet, const World& world, const Settings& settings, Timestamp now) {
  // A pause of before stands until the exchange answers.
  if (!world.status || (!world.is_status_old && is_in_maintenance(world, now))) return;
  if (!world.status->is_active || !world.status->is_trading) {
    sheet.add({.key = "paused",
               .severity = Severity::info,
               .title = world.status->is_active
                            ? "trading is paused outside of the announced maintenance"
                            : "the exchange rests outside of the announced maintenance",
               .detail = back_words(*world.status)});
    return;
  }
  const auto traded = traded_shards(world, settings);
  for (const auto& part : world.status->parts) {
    if (part.is_trading || !traded.contains(part.index) || trading::is_planned_maintenance(now))
      continue;
    sheet.add({.key = "paused:" + std::to_string(part.index),
               .severity = Severity::info,
               .title = "trading is paused on shard " + std::to_string(part.index) +
                        ", where the bot trades",
               .detail = back_words(*world.status)});
  }
}

void judge_access(Sheet& sheet, const World& world, const Settings& settings, Timestamp now) {
  if (world.access.region_ends && *world.access.region_ends <= now) {
    sheet.add({.key = "region",
               .severity = Severity::crit,
               .title = "the attestation of the region has expired " +
                        in_time(*world.access.region_ends, now),
               .detail = "Until it is renewed on Kalshi's site, the key cannot trade Sports, "
                         "Elections and Entertainment."});
  } else if (world.access.region_ends &&
             *world.access.region_ends - now < settings.access_warn_before) {
    sheet.add({.key = "region",
               .title = "the attestation of the region expires " +
                        in_time(*world.access.region_ends, now),
               .detail = "After " + trading::describe_eastern(*world.access.region_ends) +
                         " the key cannot trade Sports, Elections and Entertainment. It is renewed "
                         "on Kalshi's site."});
  }
  for (const auto& grant : world.grants) {
    if (grant.ends <= now || grant.ends - now >= settings.access_warn_before) continue;
    sheet.add(
        {.key = "grant:" + grant.lane + ":" + grant.level,
         .title = "the usage level " + word(grant.level) + " ends " + in_time(grant.ends, now),
         .detail = "After that the limits of requests are lower."});
  }
}

void judge_money(Sheet& sheet, const World& world, const Settings& settings) {
  const auto worth = worth_of(world);
  if (!worth) return;
  const MicroDollars free = world.balance->free;
  if (free.count < settings.min_free_micros || free.count < 0) {
    sheet.add({.key = "balance",
               .title = "the free balance is low: " + to_decimal(free).dollars(),
               .detail = "Less than " + to_decimal({settings.min_free_micros}).dollars() +
                         " (min_free_balance)."});
  }
  judge_shards(sheet, world, settings);
  const auto start = next_day_start(world);
  const auto own = Decimal::subtract(*worth, world.transfers);
  if (start && own)
    trading::tell_fall(sheet, "day-loss", *own, start->worth, settings.day, "since the day began");
  const auto peak = next_peak(world);
  if (peak)
    trading::tell_fall(sheet, "drawdown", *worth, peak->mark, settings.peak,
                       "from its highest mark");
}

std::optional<DayStart> next_day_start(const World& world) {
  const std::int64_t day = trading::eastern(world.money_taken).day;
  if (world.day_start && world.day_start->day == day) return world.day_start;
  const auto worth = worth_of(world);
  if (!worth || !world.are_transfers_fresh) return world.day_start;
  const auto own = Decimal::subtract(*worth, world.transfers);
  return own ? std::optional(DayStart{day, *own}) : world.day_start;
}

std::optional<trading::Peak> next_peak(const World& world) {
  const auto worth = worth_of(world);
  if (!worth || !world.are_transfers_fresh) return world.peak;
  const auto peak = trading::follow_peak(world.peak, *worth, world.transfers,
                                         trading::eastern(world.money_taken).day);
  return peak ? peak : world.peak;
}

json::object to_json(const DayStart& start) {
  return {{"day", start.day}, {"worth", start.worth.text()}};
}

std::optional<DayStart> parse_day_start(const json::value* value, std::int64_t day) {
  if (value == nullptr || chela::get_int(*value, "day", -1) != day) return std::nullopt;
  const auto worth = Decimal::parse(chela::get_string(*value, "worth"));
  return worth ? std::optional(DayStart{day, *worth}) : std::nullopt;
}

std::string describe(const World& world) {
  std::string text;
  if (world.balance) {
    text = "balance " + to_decimal(world.balance->free).dollars() + ", positions " +
           to_decimal(world.balance->portfolio).dollars();
    const auto worth = worth_of(world);
    const auto start = next_day_start(world);
    if (worth && start && world.day_start) {
      const Decimal own = Decimal::subtract(*worth, world.transfers).value_or(*worth);
      const Decimal change = Decimal::subtract(own, start->worth).value_or(Decimal());
      const char* plus = change.is_negative() ? "" : "+";
      text += ", " + (plus + money::percent(money::share_of(change, start->worth))) + " today (" +
              plus + change.dollars() + ")";
    }
    text += "; ";
  }
  const auto count = [](std::size_t n, const char* what) {
    return std::to_string(n) + " " + what + (n == 1 ? "" : "s");
  };
  return text + count(world.positions.size(), "position") + ", " +
         count(world.orders.size(), "resting order");
}

}  // namespace check_kalshi
