// Looks at one Alpaca trading account, paper or live: restrictions, losses, stuck orders, expiries,
// and whether the bot that trades there lives. It never trades.
//
// Source: Alpaca's Trading API 2.0.1 (GET /v2/account, /v2/clock, /v2/positions, /v2/orders,
// /v2/account/activities, /v2/calendar). Money is decimal text in US dollars, times are RFC 3339.
#include <chela/check.h>

#include <algorithm>

#include "ask.h"
#include "bot_report.h"
#include "judge.h"

namespace check_alpaca {
namespace {

using chela::ErrorCode;
using chela::fail;
using trading::Asker;
using trading::Ledger;
using trading::Line;
using trading::Memory;
using trading::Severity;
using trading::Sheet;

class AlpacaCheck : public chela::Check {
 public:
  explicit AlpacaCheck(Settings settings) : settings_(std::move(settings)) {}

  static Result<std::unique_ptr<AlpacaCheck>> create(const chela::Config& config) {
    CHELA_TRY(Settings settings, read_settings(config));
    return std::make_unique<AlpacaCheck>(std::move(settings));
  }

  Result<chela::Report> run(chela::Host& host) override {
    if (chela::get_bool(host.request(), "brief")) return brief(host);
    const Timestamp now = host.clock().now();
    Memory memory = trading::recall(host.cursor(), settings_.place.origin);
    Asker asker(memory.ledger, now);
    asker.wait_until(std::min(memory.wait_until, now + std::chrono::minutes(15)));
    ask_all({host, settings_, now + kBudget}, asker, memory, now);
    trading::remember_refusal(memory, asker, "account");
    if (memory.ledger.document("account") == nullptr) return fail(explain(asker));
    World world = see(memory, now);
    Sheet sheet(settings_.place.environment);
    judge_all(host, sheet, world, memory, now);
    tell_refusal(sheet, memory);
    sheet.add_stale(memory.ledger, now);
    remember(memory, world, asker, now);
    memory.standing = trading::Standing(sheet);
    chela::Report report = sheet.report(describe(world) + market_words(world, now));
    add_metrics(report, world);
    report.set_cursor(trading::to_json(memory, settings_.place.origin));
    return report;
  }

 private:
  World see(const Memory& memory, Timestamp now) const {
    const Ledger& ledger = memory.ledger;
    World world;
    if (const auto* account = ledger.document("account")) {
      world.account = read_account(*account, ledger.entry("account")->taken);
      world.leaving = follow_leaving(parse_leaving(chela::find(memory.more, "leaving")),
                                     world.account->leaving, world.account->day);
      world.account->transfers = transfers_since(world.account->booked, *world.leaving);
    }
    world.clock = read_clock(ledger.document("clock"));
    const auto is_fresh = [&](const char* name) {
      const auto* entry = ledger.entry(name);
      return entry != nullptr && entry->misses == 0 && entry->taken == now;
    };
    const auto* calendar = ledger.document("calendar");
    const std::string today = trading::format_day(trading::eastern(now).day);
    if (calendar != nullptr && chela::get_string(*calendar, "day") == today)
      world.session = read_session(calendar);
    world.positions = read_positions(ledger.document("positions"));
    world.are_positions_fresh = is_fresh("positions");
    world.open_orders = read_orders(ledger.document("orders"));
    if (const auto* orders = ledger.entry("orders")) world.orders_taken = orders->taken;
    world.are_open_orders_fresh = is_fresh("orders");
    world.are_orders_fresh = is_fresh("orders") && is_fresh("closed orders");
    if (is_fresh("closed orders"))
      world.closed_orders = read_orders(ledger.document("closed orders"));
    if (is_fresh("activities")) world.activities = read_activities(ledger.document("activities"));
    world.peak = memory.peak;
    world.last_look = memory.last_look;
    world.told = {memory.told.begin(), memory.told.end()};
    return world;
  }

  void judge_all(chela::Host& host, Sheet& sheet, const World& world, Memory& memory,
                 Timestamp now) const {
    judge_bot(host, sheet, world, memory, now);
    judge_account(sheet, world, settings_, now);
    judge_orders(sheet, world, settings_, now);
    judge_positions(sheet, world, settings_, now);
    judge_events(sheet, world);
    for (const auto& path : settings_.bot.holdings) {
      const auto holdings = trading::read_holdings(host, path, memory.ledger, now);
      if (holdings && world.are_positions_fresh) {
        judge_holdings(sheet, world, *holdings, path);
      } else {
        const std::string part = trading::holdings_part(path);
        memory.standing.keep(sheet, "unknown", [&](const Line& line) { return line.part == part; });
      }
    }
    keep_standing(sheet, world, memory, now);
  }

  // What was found when its numbers could be read, and cannot be looked at now.
  void keep_standing(Sheet& sheet, const World& world, const Memory& memory, Timestamp now) const {
    const trading::Standing& standing = memory.standing;
    const auto is_held = [&](const Line& line) {
      return std::any_of(world.positions.begin(), world.positions.end(), [&](const Position& one) {
        return one.symbol == trading::subject_of(line);
      });
    };
    const trading::Standing::Test still_held =
        world.are_positions_fresh ? trading::Standing::Test(is_held) : trading::Standing::Test();
    if (!world.are_open_orders_fresh) standing.keep(sheet, "order");
    if (!world.are_positions_fresh || memory.ledger.is_stale("account"))
      standing.keep(sheet, "concentration", still_held);
    if (!world.are_positions_fresh || !world.are_open_orders_fresh)
      standing.keep(sheet, "no-stop", still_held);
    // An option ends with the day, whether or not somebody looks.
    if (!world.are_positions_fresh && is_market_open(world.clock, now))
      standing.keep(sheet, "expiring");
  }

  void judge_bot(chela::Host& host, Sheet& sheet, const World& world, Memory& memory,
                 Timestamp now) const {
    const bool is_open = is_market_open(world.clock, now);
    if (!is_open && !settings_.watches_bot_always) return;
    trading::tell_bot(host, settings_.bot,
                      is_open ? "The market is open." : "The market is closed.", memory.standing,
                      sheet, memory.ledger, now);
    if (!is_open || settings_.bot_idle_after <= Duration(0)) return;
    if (world.are_orders_fresh) {
      judge_idleness(sheet, world, memory, now);
    } else {
      memory.standing.keep(sheet, "bot-idle");
    }
  }

  void judge_idleness(Sheet& sheet, const World& world, Memory& memory, Timestamp now) const {
    const trading::EasternTime local = trading::eastern(now);
    const Timestamp open = trading::from_eastern(local.day, 9 * 60 + 30);
    const auto last = last_act(world);
    memory.habit.saw(local.day, last && *last >= open);
    if (!trading::is_idle({settings_.bot_idle_after, open, last}, memory.habit, now)) return;
    sheet.add({.key = "bot-idle",
               .severity = Severity::crit,
               .title = "the bot does nothing: no order and no fill for " +
                        chela::describe_duration(now - std::max(open, last.value_or(open))),
               .detail = "It usually trades: on at least three of the last five days it did."});
  }

  void tell_refusal(Sheet& sheet, const Memory& memory) const {
    if (!memory.refusal) return;
    const trading::Miss& miss = memory.refusal->miss;
    sheet.add({.key = "access",
               .severity = Severity::crit,
               .title = "Alpaca refuses the keys (" + miss.why + ")",
               .detail = advice(miss)});
  }

  std::string advice(const trading::Miss& miss) const {
    std::string text =
        "Are key_id and secret_key of the " + settings_.place.environment +
        " environment, and still valid? Paper keys do not work live, nor live keys for paper.";
    const std::string clock = trading::describe_clock(miss);
    return clock.empty() ? text : clock + " " + text;
  }

  // Why nothing could be looked at, and nothing is known from before.
  chela::Error explain(const Asker& asker) const {
    const trading::Miss miss = asker.first_miss().value_or(trading::Miss{});
    std::string message = sheet_prefix() + "Alpaca: " + miss.why;
    if (miss.kind == trading::Miss::Kind::refused) message += ". " + advice(miss);
    return {miss.code, message};
  }
  std::string sheet_prefix() const { return Sheet(settings_.place.environment).prefix(); }

  void remember(Memory& memory, const World& world, const Asker& asker, Timestamp now) const {
    memory.peak = next_peak(world);
    if (world.leaving) memory.more["leaving"] = to_json(*world.leaving);
    std::vector<std::string> told;
    for (const auto& order : world.closed_orders) {
      if (order.status == "rejected") told.push_back(order.id);
    }
    for (const auto& activity : world.activities) told.push_back(activity.id);
    trading::remember_told(memory, told);
    // Events are told from a fresh answer only, so they need no place in the cursor.
    for (const char* name : {"closed orders", "activities"}) {
      const auto* entry = memory.ledger.entry(name);
      if (entry != nullptr && entry->misses == 0) memory.ledger.take(name, json::array(), now);
    }
    const auto* activities = memory.ledger.entry("activities");
    const bool has_all =
        world.are_orders_fresh && (activities == nullptr || activities->misses == 0);
    if (has_all || !memory.last_look) memory.last_look = now;
    trading::remember_limit(memory, asker, now);
  }

  static std::string market_words(const World& world, Timestamp now) {
    return is_market_open(world.clock, now) ? ", market open" : ", market closed";
  }

  // For curves; decisions are made from the decimals.
  static void add_metrics(chela::Report& report, const World& world) {
    if (!world.account) return;
    if (world.account->equity) report.metric("equity", world.account->equity->approximate(), "USD");
    if (world.account->cash) report.metric("cash", world.account->cash->approximate(), "USD");
    report.metric("positions", static_cast<double>(world.positions.size()), "");
    report.metric("open_orders", static_cast<double>(world.open_orders.size()), "");
  }

  // One line for the day's page; nothing is remembered. What left on earlier days is that of the
  // last runs.
  Result<chela::Report> brief(chela::Host& host) const {
    const Timestamp now = host.clock().now();
    Memory memory = trading::recall(host.cursor(), settings_.place.origin);
    memory.ledger = {};
    Asker asker(memory.ledger, now);
    ask_for_brief({host, settings_, now + kBudget}, asker);
    if (asker.first_miss()) return fail(explain(asker));
    // The summary says all of it; what else matters is open as an alert on the same page.
    return Sheet(settings_.place.environment).report(describe(see(memory, now)));
  }

  Settings settings_;
};

}  // namespace
}  // namespace check_alpaca

using check_alpaca::AlpacaCheck;
CHELA_CHECK(AlpacaCheck)
