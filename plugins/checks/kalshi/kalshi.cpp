// Looks at one Kalshi account, demo or live: access that ends, losses, resting orders, markets near
// their end, balances per shard, and whether the bot that trades there lives. It never trades.
//
// Source: Kalshi's Trade API v2 (GET /exchange/status, /portfolio/balance, /positions, /orders,
// /settlements, /deposits, /withdrawals, /markets, /api_keys, /account/limits). Requests are signed
// by the host over time, method and path. Money is in micro-dollars, contracts in hundredths.
#include <chela/check.h>

#include <algorithm>

#include "ask.h"
#include "bot_report.h"
#include "judge.h"

namespace check_kalshi {
namespace {

using chela::fail;
using trading::Asker;
using trading::Ledger;
using trading::Line;
using trading::Memory;
using trading::Miss;
using trading::Severity;
using trading::Sheet;

class KalshiCheck : public chela::Check {
 public:
  explicit KalshiCheck(Settings settings) : settings_(std::move(settings)) {}

  static Result<std::unique_ptr<KalshiCheck>> create(const chela::Config& config) {
    CHELA_TRY(Settings settings, read_settings(config));
    return std::make_unique<KalshiCheck>(std::move(settings));
  }

  Result<chela::Report> run(chela::Host& host) override {
    const Timestamp now = host.clock().now();
    Memory memory = trading::recall(host.cursor(), settings_.place.origin);
    if (chela::get_bool(host.request(), "brief")) return brief(host, memory, now);
    const Desk desk{host, settings_, now + kBudget};
    Asker asker(memory.ledger, now);
    asker.wait_until(std::min(memory.wait_until, now + std::chrono::minutes(15)));
    ask_status(desk, asker);
    const bool rests = is_in_maintenance(see(memory, now), now);
    if (rests) {
      memory.ledger.forgive("status");
    } else {
      ask_account(desk, asker);
      ask_rest(desk, asker, memory, now);
    }
    trading::remember_refusal(memory, asker, "balance");
    // The status is open to all: that it is answered says nothing about the key.
    if (memory.refusal && memory.refusal->part == "status") memory.refusal->part = "balance";
    const bool knows_account = memory.ledger.document("balance") != nullptr;
    // A refusal is a finding as soon as the exchange itself is known to answer.
    if (!knows_account && !rests && !(memory.refusal && asker.has_answered()))
      return fail(explain(asker));
    return judge_all(desk, asker, memory, now);
  }

 private:
  Result<chela::Report> judge_all(const Desk& desk, Asker& asker, Memory& memory,
                                  Timestamp now) const {
    const World world = see(memory, now);
    Sheet sheet(settings_.place.environment);
    tell_refusal(sheet, memory);
    judge_bot(desk, asker, sheet, world, memory, now);
    judge_exchange(sheet, world, settings_, now);
    judge_access(sheet, world, settings_, now);
    judge_money(sheet, world, settings_);
    judge_orders(sheet, world, settings_, now);
    judge_positions(sheet, world, settings_, now);
    judge_settlements(sheet, world);
    for (const auto& path : settings_.bot.holdings) {
      const auto holdings = trading::read_holdings(desk.host, path, memory.ledger, now);
      if (holdings && world.are_positions_fresh) {
        judge_holdings(sheet, world, *holdings, path);
      } else {
        const std::string part = trading::holdings_part(path);
        memory.standing.keep(sheet, "unknown", [&](const Line& line) { return line.part == part; });
      }
    }
    keep_standing(sheet, world, memory);
    sheet.add_stale(memory.ledger, now);
    remember(memory, world, asker, now);
    memory.standing = trading::Standing(sheet);
    chela::Report report = sheet.report(describe(world) + trading_words(world, now));
    add_metrics(report, world);
    report.set_cursor(trading::to_json(memory, settings_.place.origin));
    return report;
  }

  // What was found when its numbers could be read, and cannot be looked at now.
  static void keep_standing(Sheet& sheet, const World& world, const Memory& memory) {
    const trading::Standing& standing = memory.standing;
    const Ledger& ledger = memory.ledger;
    const auto is_held = [&](const Line& line) {
      return std::any_of(world.positions.begin(), world.positions.end(), [&](const Position& one) {
        return one.ticker == trading::subject_of(line);
      });
    };
    const bool are_positions_old = ledger.is_stale("positions");
    const trading::Standing::Test still_held =
        are_positions_old ? trading::Standing::Test() : trading::Standing::Test(is_held);
    if (ledger.is_stale("orders")) standing.keep(sheet, "order");
    if (are_positions_old || ledger.is_stale("markets")) standing.keep(sheet, "market", still_held);
    if (are_positions_old || ledger.is_stale("balance"))
      standing.keep(sheet, "concentration", still_held);
    // A gain may be a deposit that could not be read.
    if (world.are_transfers_fresh) return;
    standing.keep(sheet, "day-loss");
    standing.keep(sheet, "drawdown");
  }

  static bool is_fresh(const Ledger& ledger, const char* name, Timestamp now) {
    const auto* entry = ledger.entry(name);
    return entry != nullptr && entry->misses == 0 && entry->taken == now;
  }

  static World see(const Memory& memory, Timestamp now) {
    const Ledger& ledger = memory.ledger;
    World world;
    see_status(world, ledger, now);
    see_money(world, memory, now);
    world.positions = read_positions(ledger.document("positions"));
    world.are_positions_fresh = is_fresh(ledger, "positions", now);
    world.orders = read_orders(ledger.document("orders"));
    if (const auto* orders = ledger.entry("orders")) world.orders_taken = orders->taken;
    world.markets = read_markets(ledger.document("markets"));
    if (is_fresh(ledger, "settlements", now))
      world.settlements = read_settlements(ledger.document("settlements"));
    world.access = read_access(ledger.document("api keys"));
    world.grants = read_grants(ledger.document("limits"));
    world.told = {memory.told.begin(), memory.told.end()};
    return world;
  }

  // An exchange that does not answer is in the state that it named last, but for the rest of an
  // announced maintenance, which ends by itself.
  static void see_status(World& world, const Ledger& ledger, Timestamp now) {
    const auto* entry = ledger.entry("status");
    if (entry == nullptr) return;
    world.is_status_old = !is_fresh(ledger, "status", now);
    if (world.is_status_old && trading::is_planned_maintenance(entry->taken)) return;
    world.status = read_status(ledger.document("status"));
  }

  // Everything as of the time when the balance was read, so that old numbers begin no day, and what
  // was paid since then does not count yet.
  static void see_money(World& world, const Memory& memory, Timestamp now) {
    const Ledger& ledger = memory.ledger;
    world.balance = read_balance(ledger.document("balance"));
    const bool is_old = world.balance && !is_fresh(ledger, "balance", now);
    const Timestamp taken = is_old ? ledger.entry("balance")->taken : now;
    const std::int64_t day = trading::eastern(taken).day;
    const Timestamp midnight = trading::from_eastern(day, 0);
    const Timestamp until = is_old ? taken : Timestamp::max();
    const Decimal in = to_decimal(sum_between(ledger.document("deposits"), midnight, until));
    const Decimal out = to_decimal(sum_between(ledger.document("withdrawals"), midnight, until));
    world.money_taken = taken;
    world.are_transfers_fresh = !ledger.is_stale("deposits") && !ledger.is_stale("withdrawals");
    world.transfers = Decimal::subtract(in, out).value_or(Decimal());
    world.peak = memory.peak;
    world.day_start = parse_day_start(chela::find(memory.more, "day_start"), day);
  }

  void judge_bot(const Desk& desk, Asker& asker, Sheet& sheet, const World& world, Memory& memory,
                 Timestamp now) const {
    const bool trades = is_trading(world, now);
    if (!trades && !settings_.watches_bot_always) return;
    trading::tell_bot(desk.host, settings_.bot,
                      trades ? "The exchange is trading." : "The exchange is not trading.",
                      memory.standing, sheet, memory.ledger, now);
    if (trades && settings_.bot_idle_after > Duration(0))
      judge_idleness(desk, asker, sheet, memory, now);
  }

  void judge_idleness(const Desk& desk, Asker& asker, Sheet& sheet, Memory& memory,
                      Timestamp now) const {
    const bool is_asked = !asker.stop().has_value();
    const auto asked = is_asked ? ask_last_act(desk, asker, memory.ledger, now)
                                : fail(chela::ErrorCode::unavailable, "nothing further is asked");
    // Nobody knows: idle as before, and no day on which it traded.
    if (!asked) return memory.standing.keep(sheet, "bot-idle");
    const std::optional<Timestamp> last = *asked;
    const std::int64_t day = trading::eastern(now).day;
    memory.habit.saw(day, last && *last >= trading::from_eastern(day, 0));
    const Timestamp since = now - std::chrono::hours(24);  // further back nobody looked
    if (!trading::is_idle({settings_.bot_idle_after, since, last}, memory.habit, now)) return;
    sheet.add({.key = "bot-idle",
               .severity = Severity::crit,
               .title = "the bot does nothing: no order placed or filled for " +
                        chela::describe_duration(now - last.value_or(since)),
               .detail = "It usually trades: on at least three of the last five days it did."});
  }

  void tell_refusal(Sheet& sheet, const Memory& memory) const {
    if (!memory.refusal) return;
    const Miss& miss = memory.refusal->miss;
    const std::string clock = trading::describe_clock(miss);
    sheet.add({.key = "access",
               .severity = Severity::crit,
               .title = clock.empty() ? "Kalshi refuses the key (" + miss.why + ")"
                                      : "Kalshi refuses the signature (" + miss.why + "): " + clock,
               .detail = advice(miss)});
  }

  std::string advice(const Miss& miss) const {
    const std::string keys = "Are key_id and private_key of the " + settings_.place.environment +
                             " environment, and still valid? Each environment has its own.";
    const std::string clock = trading::describe_clock(miss);
    if (clock.empty()) return keys;
    return clock +
           " A signature holds the time; set the clock right (timedatectl), the bot on this "
           "machine will be refused too. " +
           keys;
  }

  // Why nothing could be looked at, and nothing is known from before.
  chela::Error explain(const Asker& asker) const {
    const Miss miss = asker.first_miss().value_or(Miss{});
    std::string message = Sheet(settings_.place.environment).prefix() + "Kalshi: " + miss.why;
    if (miss.kind == Miss::Kind::refused) message += ". " + advice(miss);
    return {miss.code, message};
  }

  static void remember(Memory& memory, const World& world, const Asker& asker, Timestamp now) {
    memory.peak = next_peak(world);
    if (const auto start = next_day_start(world)) memory.more["day_start"] = to_json(*start);
    std::vector<std::string> told;
    for (const auto& settlement : world.settlements) told.push_back(settlement.id);
    trading::remember_told(memory, told);
    const bool looked = is_fresh(memory.ledger, "settlements", now);
    if (looked || (!memory.last_look && is_fresh(memory.ledger, "balance", now)))
      memory.last_look = now;
    // Events are told from a fresh answer only, so they need no place in the cursor.
    for (const char* name : {"settlements", "recent orders"}) {
      const auto* entry = memory.ledger.entry(name);
      if (entry != nullptr && entry->misses == 0) memory.ledger.take(name, json::array(), now);
    }
    trading::remember_limit(memory, asker, now);
  }

  static std::string trading_words(const World& world, Timestamp now) {
    if (is_in_maintenance(world, now)) return ", announced maintenance";
    if (!world.status || world.is_status_old) return "";
    return is_trading(world, now) ? ", trading" : ", not trading";
  }

  // For curves; decisions are made from the integers.
  static void add_metrics(chela::Report& report, const World& world) {
    if (!world.balance) return;
    report.metric("balance", to_decimal(world.balance->free).approximate(), "USD");
    report.metric("portfolio", to_decimal(world.balance->portfolio).approximate(), "USD");
    report.metric("positions", static_cast<double>(world.positions.size()), "");
    report.metric("resting_orders", static_cast<double>(world.orders.size()), "");
  }

  // One line for the day's page; nothing is remembered. The day's start is that of the last runs.
  Result<chela::Report> brief(chela::Host& host, Memory& memory, Timestamp now) const {
    memory.ledger = {};
    Asker asker(memory.ledger, now);
    ask_account({host, settings_, now + kBudget}, asker);
    if (asker.first_miss()) return fail(explain(asker));
    // The summary says all of it; what else matters is open as an alert on the same page.
    return Sheet(settings_.place.environment).report(describe(see(memory, now)));
  }

  Settings settings_;
};

}  // namespace
}  // namespace check_kalshi

using check_kalshi::KalshiCheck;
CHELA_CHECK(KalshiCheck)
