// Looks at one Alpaca trading account, paper or live: restrictions, losses, stuck orders, expiries,
// and whether the bot that trades there lives. It never trades.
//
// Source: Alpaca's Trading API 2.0.1 (GET /v2/account, /v2/clock, /v2/positions, /v2/orders,
// /v2/account/activities, /v2/calendar). Money is decimal text in US dollars, times are RFC 3339.
#include <chela/check.h>

#include <algorithm>

#include "asker.h"
#include "judge.h"

namespace check_alpaca {
namespace {

using chela::ErrorCode;
using chela::fail;
using trading::Asker;
using trading::Ledger;
using trading::Reading;
using trading::Severity;
using trading::Sheet;

constexpr std::size_t kMostTold = 300;
constexpr int kMostActivityPages = 5;
constexpr std::uint64_t kMostBytes = 4u << 20;

// What the cursor holds between two runs.
struct Memory {
  Ledger ledger;
  trading::Habit habit;
  std::optional<trading::Peak> peak;
  std::optional<Timestamp> last_look;
  Timestamp wait_until{};
  int rate_limits = 0;  // in a row
  std::vector<std::string> told;
};

// Of a cursor that is about another address nothing is taken: a live account is no paper account.
Memory recall(const json::value& cursor, const std::string& origin) {
  Memory memory;
  if (chela::get_string(cursor, "origin") != origin) return memory;
  const auto time = [&](const char* name) {
    return Timestamp(
        Duration(std::clamp<std::int64_t>(chela::get_int(cursor, name), 0, 100'000'000'000'000)));
  };
  memory.ledger = Ledger(chela::find(cursor, "parts"));
  memory.habit = trading::Habit(chela::find(cursor, "habit"));
  memory.peak = trading::parse_peak(chela::find(cursor, "peak"));
  if (chela::find(cursor, "looked") != nullptr) memory.last_look = time("looked");
  memory.wait_until = time("wait");
  memory.rate_limits =
      static_cast<int>(std::clamp<std::int64_t>(chela::get_int(cursor, "limits"), 0, 100));
  memory.told = chela::get_strings(cursor, "told");
  return memory;
}

json::object keep(const Memory& memory, const std::string& origin) {
  const auto first =
      memory.told.size() > kMostTold ? memory.told.end() - kMostTold : memory.told.begin();
  json::object cursor{{"v", 1},
                      {"origin", origin},
                      {"parts", memory.ledger.to_json()},
                      {"habit", memory.habit.to_json()},
                      {"wait", memory.wait_until.time_since_epoch().count()},
                      {"limits", memory.rate_limits},
                      {"told", json::array(first, memory.told.end())}};
  if (memory.peak) cursor["peak"] = trading::to_json(*memory.peak);
  if (memory.last_look) cursor["looked"] = memory.last_look->time_since_epoch().count();
  return cursor;
}

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
    Memory memory = recall(host.cursor(), settings_.place.origin);
    Asker asker(memory.ledger, now);
    asker.wait_until(std::min(memory.wait_until, now + std::chrono::minutes(15)));
    ask_all(host, asker, memory, now);
    if (!asker.has_answered() && !memory.ledger.has_documents()) return fail(explain(asker));
    World world = see(memory, now);
    Sheet sheet(settings_.place.environment);
    judge_all(host, sheet, world, memory, now);
    tell_refusal(sheet, asker);
    sheet.add_stale(memory.ledger, now);
    remember(memory, world, asker, now);
    chela::Report report = sheet.report(describe(world) + market_words(world, now));
    add_metrics(report, world);
    report.set_cursor(keep(memory, settings_.place.origin));
    return report;
  }

 private:
  Reading get(chela::Host& host, const std::string& path) const {
    chela::FetchRequest request;
    request.url = settings_.place.origin + path;
    request.headers = {{"accept", "application/json"},
                       {"apca-api-key-id", "{{secret:key_id}}"},
                       {"apca-api-secret-key", "{{secret:secret_key}}"}};
    request.timeout = settings_.timeout;
    request.max_body_bytes = kMostBytes;
    const auto reply = host.http().fetch(request);
    return trading::read_reply(reply, host.clock().now());
  }

  void ask_all(chela::Host& host, Asker& asker, const Memory& memory, Timestamp now) const {
    const auto ask = [&](const char* name, const std::string& path, const Asker::Keep& keep_it) {
      return asker.ask(
          name, [&] { return get(host, path); }, keep_it);
    };
    ask("account", "/v2/account", keep_account);
    ask("clock", "/v2/clock", keep_clock);
    ask("positions", "/v2/positions", keep_positions);
    ask("orders", "/v2/orders?status=open&limit=500&nested=true", keep_orders);
    ask_calendar(host, asker, memory.ledger, now);
    // Two hours more than needed: `after` goes by when an order was placed, not when it ended.
    const trading::EasternTime local = trading::eastern(now);
    const Timestamp session_open = trading::from_eastern(local.day, 9 * 60 + 30);
    const Timestamp looked =
        std::max(memory.last_look.value_or(now), now - std::chrono::hours(168));
    const Timestamp after = std::min(looked - std::chrono::hours(2), session_open);
    ask("closed orders",
        "/v2/orders?status=closed&limit=500&nested=true&after=" + trading::format_time(after),
        keep_orders);
    if (settings_.activity_types.empty() || !memory.last_look) return;
    asker.ask(
        "activities", [&] { return get_activities(host, looked - std::chrono::hours(1)); },
        keep_activities);
  }

  // Asked only where the market is closed at an hour at which it usually is open: is it a holiday?
  void ask_calendar(chela::Host& host, Asker& asker, const Ledger& ledger, Timestamp now) const {
    const auto clock = read_clock(ledger.document("clock"));
    const std::string today = trading::format_day(trading::eastern(now).day);
    const auto* known = ledger.document("calendar");
    const bool is_known = known != nullptr && chela::get_string(*known, "day") == today;
    if (!clock || is_market_open(clock, now) || !trading::is_regular_session(now) || is_known)
      return;
    asker.ask(
        "calendar", [&] { return get(host, "/v2/calendar?start=" + today + "&end=" + today); },
        [&](const json::value& answer) {
          return keep_calendar(answer, trading::eastern(now).day);
        });
  }

  Reading get_activities(chela::Host& host, Timestamp after) const {
    const std::string path = "/v2/account/activities?direction=asc&page_size=100&activity_types=" +
                             settings_.activity_types + "&after=" + trading::format_time(after);
    json::array all;
    std::string page;
    for (int i = 0; i < kMostActivityPages; ++i) {
      Reading reading = get(host, path + page);
      if (!reading.document || !reading.document->is_array()) return reading;
      const json::array& entries = reading.document->get_array();
      all.insert(all.end(), entries.begin(), entries.end());
      const std::string last = entries.empty() ? "" : chela::get_string(entries.back(), "id");
      if (entries.size() < 100 || !is_page_token(last)) break;
      page = "&page_token=" + last;
    }
    return {.document = std::move(all)};
  }

  // An id goes back into an address; "::" and what may stand in a uuid is all that is expected.
  static bool is_page_token(std::string_view id) {
    return !id.empty() && id.size() <= 64 &&
           id.find_first_not_of("0123456789abcdefABCDEF-:") == std::string_view::npos;
  }

  World see(const Memory& memory, Timestamp now) const {
    const Ledger& ledger = memory.ledger;
    World world;
    if (const auto* account = ledger.document("account")) world.account = read_account(*account);
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
    if (!world.are_positions_fresh) return;
    for (const auto& path : settings_.bot.holdings) {
      const auto file = host.files().read(path, {.max_bytes = 1u << 20});
      const auto holdings = file ? trading::parse_holdings(file->bytes)
                                 : Result<trading::Holdings>(fail(file.error()));
      const std::string part = "positions file " + path;
      if (holdings) {
        judge_holdings(sheet, world, *holdings);
        memory.ledger.take(part, json::object(), now);
      } else {
        memory.ledger.miss(part, holdings.error().message, now);
      }
    }
  }

  void judge_bot(chela::Host& host, Sheet& sheet, const World& world, Memory& memory,
                 Timestamp now) const {
    const bool is_open = is_market_open(world.clock, now);
    if (!is_open && !settings_.watches_bot_always) return;
    const trading::BotLook look = trading::look_at_bot(host, settings_.bot);
    for (const auto& trouble : look.dead) {
      sheet.add({.key = trouble.key,
                 .severity = Severity::crit,
                 .title = "the bot does not live: " + trouble.what,
                 .detail = is_open ? "The market is open." : "The market is closed."});
    }
    if (!settings_.bot.signs.empty()) {
      if (look.cannot_tell.empty()) {
        memory.ledger.take("bot", json::object(), now);
      } else {
        memory.ledger.miss("bot", look.cannot_tell, now);
      }
    }
    if (is_open && world.are_orders_fresh) judge_idleness(sheet, world, memory, now);
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

  void tell_refusal(Sheet& sheet, const Asker& asker) const {
    if (!asker.stop() || asker.stop()->kind != trading::Miss::Kind::refused) return;
    sheet.add({.key = "access",
               .severity = Severity::crit,
               .title = "Alpaca refuses the keys (" + asker.stop()->why + ")",
               .detail = advice(*asker.stop())});
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
    memory.peak = next_peak(world, now);
    for (const auto& order : world.closed_orders) {
      if (order.status == "rejected") memory.told.push_back(order.id);
    }
    for (const auto& activity : world.activities) memory.told.push_back(activity.id);
    std::sort(memory.told.begin(), memory.told.end());
    memory.told.erase(std::unique(memory.told.begin(), memory.told.end()), memory.told.end());
    // Events are told from a fresh answer only, so they need no place in the cursor.
    for (const char* name : {"closed orders", "activities"}) {
      const auto* entry = memory.ledger.entry(name);
      if (entry != nullptr && entry->misses == 0) memory.ledger.take(name, json::array(), now);
    }
    if (world.are_orders_fresh || !memory.last_look) memory.last_look = now;
    const bool is_limited = asker.stop() && asker.stop()->kind == trading::Miss::Kind::rate_limited;
    if (!is_limited) {
      memory.wait_until = {};
      memory.rate_limits = 0;
    } else if (memory.wait_until <= now) {
      ++memory.rate_limits;
      memory.wait_until = trading::after_rate_limit(*asker.stop(), memory.rate_limits, now);
    }
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

  // One line for the day's page; nothing is remembered.
  Result<chela::Report> brief(chela::Host& host) const {
    const Timestamp now = host.clock().now();
    Ledger ledger;
    Asker asker(ledger, now);
    const auto ask = [&](const char* name, const std::string& path, const Asker::Keep& keep_it) {
      asker.ask(
          name, [&] { return get(host, path); }, keep_it);
    };
    ask("account", "/v2/account", keep_account);
    ask("positions", "/v2/positions", keep_positions);
    ask("orders", "/v2/orders?status=open&limit=500&nested=true", keep_orders);
    if (asker.first_miss()) return fail(explain(asker));
    Memory memory;
    memory.ledger = std::move(ledger);
    Sheet sheet(settings_.place.environment);
    const std::string line = describe(see(memory, now));
    sheet.add({.key = "brief",
               .severity = Severity::info,
               .title = line,
               .lasting = trading::Lasting::event});
    return sheet.report(line);
  }

  Settings settings_;
};

}  // namespace
}  // namespace check_alpaca

using check_alpaca::AlpacaCheck;
CHELA_CHECK(AlpacaCheck)
