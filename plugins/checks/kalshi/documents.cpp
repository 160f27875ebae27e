#include "documents.h"

#include <algorithm>
#include <initializer_list>

#include "decimal.h"

namespace check_kalshi {
namespace {

using chela::ErrorCode;
using chela::fail;

constexpr std::size_t kMostEntries = 1000;
constexpr std::size_t kLongestText = 64;
constexpr std::int64_t kMicrosPerCent = 10'000;
// Of cents and seconds; beyond it is no amount and no time.
constexpr std::int64_t kMostNumber = 100'000'000'000;

// The members of `names` that are short texts, bools or whole numbers.
json::object pick(const json::value& from, std::initializer_list<const char*> names) {
  json::object picked;
  for (const char* name : names) {
    const auto* member = chela::find(from, name);
    if (member == nullptr) continue;
    const bool is_short = member->is_string() && member->get_string().size() <= kLongestText;
    const bool is_number = member->is_int64() && member->get_int64() >= -kMostNumber &&
                           member->get_int64() <= kMostNumber;
    if (is_short || is_number || member->is_bool()) picked[name] = *member;
  }
  return picked;
}

chela::Error wanted(const char* what) {
  return {ErrorCode::data_loss, std::string("Kalshi: wanted ") + what + ", found something else"};
}

// Entries of the list `member` that have all of `needed`, each with `names` only.
Result<json::value> keep_list(const json::value& answer, const char* member,
                              std::initializer_list<const char*> needed,
                              std::initializer_list<const char*> names) {
  const auto* list = chela::find(answer, member);
  if (list == nullptr || !list->is_array())
    return fail(wanted((std::string("a list of ") + member).c_str()));
  json::array kept;
  for (const auto& entry : list->get_array()) {
    json::object one = pick(entry, names);
    const bool has_all = std::all_of(needed.begin(), needed.end(),
                                     [&](const char* name) { return one.contains(name); });
    if (has_all && kept.size() < kMostEntries) kept.push_back(std::move(one));
  }
  return kept;
}

std::optional<MicroDollars> dollars(const json::value& from, const char* name) {
  const auto text = chela::find_string(from, name);
  if (!text) return std::nullopt;
  const auto micros = money::parse_fixed(*text, 6);
  return micros ? std::optional(MicroDollars{*micros}) : std::nullopt;
}

std::optional<MicroDollars> cents(const json::value& from, const char* name) {
  const auto* member = chela::find(from, name);
  if (member == nullptr || !member->is_int64()) return std::nullopt;
  const std::int64_t number = member->get_int64();
  if (number < -kMostNumber || number > kMostNumber) return std::nullopt;
  return MicroDollars{number * kMicrosPerCent};
}

std::optional<Timestamp> moment(const json::value& from, const char* name) {
  return trading::parse_time(chela::get_string(from, name));
}

std::optional<Timestamp> seconds(const json::value& from, const char* name) {
  const auto* member = chela::find(from, name);
  if (member == nullptr || !member->is_int64()) return std::nullopt;
  const std::int64_t number = member->get_int64();
  if (number < 0 || number > kMostNumber) return std::nullopt;
  return Timestamp(std::chrono::seconds(number));
}

const json::array& list_of(const json::value* kept) {
  static const json::array none;
  return kept != nullptr && kept->is_array() ? kept->get_array() : none;
}

}  // namespace

Result<json::value> keep_status(const json::value& answer) {
  json::object kept =
      pick(answer, {"exchange_active", "trading_active", "exchange_estimated_resume_time"});
  const auto* list = chela::find(answer, "exchange_index_statuses");
  json::array parts;
  if (list != nullptr && list->is_array()) {
    for (const auto& entry : list->get_array()) {
      if (parts.size() < 64) parts.push_back(pick(entry, {"exchange_index", "trading_active"}));
    }
  }
  kept["parts"] = std::move(parts);
  const json::value value = kept;
  if (!read_status(&value)) return fail(wanted("exchange_active and trading_active"));
  return value;
}

Result<json::value> keep_balance(const json::value& answer) {
  json::object kept = pick(answer, {"balance", "balance_dollars", "portfolio_value"});
  const auto* list = chela::find(answer, "balance_breakdown");
  json::array shards;
  if (list != nullptr && list->is_array()) {
    for (const auto& entry : list->get_array()) {
      if (shards.size() < 64) shards.push_back(pick(entry, {"exchange_index", "balance"}));
    }
  }
  kept["shards"] = std::move(shards);
  const json::value value = kept;
  if (!read_balance(&value)) return fail(wanted("balance and portfolio_value"));
  return value;
}

Result<json::value> keep_positions(const json::value& answer) {
  return keep_list(answer, "market_positions", {"ticker", "position_fp"},
                   {"ticker", "exchange_index", "position_fp", "market_exposure_dollars"});
}

Result<json::value> keep_orders(const json::value& answer) {
  return keep_list(answer, "orders", {"order_id", "ticker"},
                   {"order_id", "ticker", "exchange_index", "created_time", "last_update_time",
                    "expiration_time"});
}

Result<json::value> keep_markets(const json::value& answer) {
  return keep_list(answer, "markets", {"ticker", "status"},
                   {"ticker", "status", "close_time", "expected_expiration_time", "result"});
}

Result<json::value> keep_settlements(const json::value& answer) {
  return keep_list(answer, "settlements", {"ticker", "settled_time"},
                   {"ticker", "market_result", "revenue", "yes_total_cost_dollars",
                    "no_total_cost_dollars", "fee_cost", "settled_time"});
}

Result<json::value> keep_api_keys(const json::value& answer) {
  if (chela::find(answer, "api_keys") == nullptr) return fail(wanted("api_keys"));
  return pick(answer, {"api_key_region_expiration_ts"});
}

Result<json::value> keep_limits(const json::value& answer) {
  return keep_list(answer, "grants", {"level", "expires_ts"},
                   {"level", "exchange_instance", "expires_ts"});
}

Result<json::value> keep_transfers(const json::value& answer, const char* member) {
  CHELA_TRY(const json::value all, keep_list(answer, member, {"status", "amount_cents"},
                                             {"status", "amount_cents", "finalized_ts"}));
  json::array kept;
  for (const auto& one : all.get_array()) {
    if (chela::get_string(one, "status") == "applied" &&
        chela::find(one, "finalized_ts") != nullptr)
      kept.push_back(pick(one, {"amount_cents", "finalized_ts"}));
  }
  return kept;
}

std::optional<ExchangeStatus> read_status(const json::value* kept) {
  if (kept == nullptr) return std::nullopt;
  const auto* active = chela::find(*kept, "exchange_active");
  const auto* trading_active = chela::find(*kept, "trading_active");
  if (active == nullptr || !active->is_bool() || trading_active == nullptr ||
      !trading_active->is_bool())
    return std::nullopt;
  ExchangeStatus status{active->get_bool(),
                        trading_active->get_bool(),
                        chela::get_string(*kept, "exchange_estimated_resume_time"),
                        {}};
  for (const auto& part : list_of(chela::find(*kept, "parts")))
    status.parts.push_back(
        {chela::get_int(part, "exchange_index", -1), chela::get_bool(part, "trading_active")});
  return status;
}

std::optional<Balance> read_balance(const json::value* kept) {
  if (kept == nullptr) return std::nullopt;
  auto free = dollars(*kept, "balance_dollars");
  if (!free) free = cents(*kept, "balance");
  const auto portfolio = cents(*kept, "portfolio_value");
  if (!free || !portfolio) return std::nullopt;
  Balance balance{*free, *portfolio, {}};
  for (const auto& entry : list_of(chela::find(*kept, "shards"))) {
    const auto amount = dollars(entry, "balance");
    if (amount) balance.shards.push_back({chela::get_int(entry, "exchange_index"), *amount});
  }
  return balance;
}

std::vector<Position> read_positions(const json::value* kept) {
  std::vector<Position> positions;
  for (const auto& entry : list_of(kept)) {
    const auto contracts = money::parse_fixed(chela::get_string(entry, "position_fp"), 2);
    if (!contracts || *contracts == 0) continue;
    positions.push_back({chela::get_string(entry, "ticker"),
                         chela::get_int(entry, "exchange_index"),
                         {*contracts},
                         dollars(entry, "market_exposure_dollars").value_or(MicroDollars{})});
  }
  return positions;
}

std::vector<Order> read_orders(const json::value* kept) {
  std::vector<Order> orders;
  for (const auto& entry : list_of(kept)) {
    orders.push_back({chela::get_string(entry, "order_id"), chela::get_string(entry, "ticker"),
                      chela::get_int(entry, "exchange_index"), moment(entry, "created_time"),
                      moment(entry, "last_update_time"), moment(entry, "expiration_time")});
  }
  return orders;
}

std::vector<Market> read_markets(const json::value* kept) {
  std::vector<Market> markets;
  for (const auto& entry : list_of(kept)) {
    markets.push_back({chela::get_string(entry, "ticker"), chela::get_string(entry, "status"),
                       chela::get_string(entry, "result"), moment(entry, "close_time"),
                       moment(entry, "expected_expiration_time")});
  }
  return markets;
}

std::vector<Settlement> read_settlements(const json::value* kept) {
  std::vector<Settlement> settlements;
  for (const auto& entry : list_of(kept)) {
    const auto revenue = cents(entry, "revenue").value_or(MicroDollars{});
    std::int64_t profit = revenue.count;
    for (const char* name : {"yes_total_cost_dollars", "no_total_cost_dollars", "fee_cost"}) {
      if (__builtin_sub_overflow(profit, dollars(entry, name).value_or(MicroDollars{}).count,
                                 &profit))
        profit = 0;
    }
    const std::string ticker = chela::get_string(entry, "ticker");
    settlements.push_back({ticker + "@" + chela::get_string(entry, "settled_time"),
                           ticker,
                           chela::get_string(entry, "market_result"),
                           {profit}});
  }
  return settlements;
}

Access read_access(const json::value* kept) {
  if (kept == nullptr) return {};
  return {seconds(*kept, "api_key_region_expiration_ts")};
}

std::vector<UsageGrant> read_grants(const json::value* kept) {
  std::vector<UsageGrant> grants;
  for (const auto& entry : list_of(kept)) {
    const auto ends = seconds(entry, "expires_ts");
    if (ends)
      grants.push_back({chela::get_string(entry, "level"),
                        chela::get_string(entry, "exchange_instance"), *ends});
  }
  return grants;
}

MicroDollars sum_between(const json::value* kept, Timestamp since, Timestamp until) {
  MicroDollars sum;
  for (const auto& entry : list_of(kept)) {
    const auto when = seconds(entry, "finalized_ts");
    const auto amount = cents(entry, "amount_cents");
    if (when && amount && *when >= since && *when <= until) sum.count += amount->count;
  }
  return sum;
}

}  // namespace check_kalshi
