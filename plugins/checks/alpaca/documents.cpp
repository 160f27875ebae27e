#include "documents.h"

#include <algorithm>
#include <initializer_list>

namespace check_alpaca {
namespace {

using chela::ErrorCode;
using chela::fail;

constexpr std::size_t kMostEntries = 500;
constexpr std::size_t kLongestText = 64;
constexpr const char* kFlags[] = {"trading_blocked", "account_blocked", "transfers_blocked",
                                  "trade_suspended_by_user"};

// The members of `names` that are short texts or bools.
json::object pick(const json::value& from, std::initializer_list<const char*> names) {
  json::object picked;
  for (const char* name : names) {
    const auto* member = chela::find(from, name);
    if (member == nullptr) continue;
    const bool is_short = member->is_string() && member->get_string().size() <= kLongestText;
    if (is_short || member->is_bool()) picked[name] = *member;
  }
  return picked;
}

Result<const json::array*> list_of(const json::value& answer, const char* what) {
  if (answer.is_array()) return &answer.get_array();
  return fail(ErrorCode::data_loss,
              std::string("Alpaca's ") + what + ": wanted a list, found something else");
}

std::optional<Decimal> amount(const json::value& from, const char* name) {
  const auto text = chela::find_string(from, name);
  const auto parsed =
      text ? Decimal::parse(*text) : Result<Decimal>(fail(ErrorCode::not_found, ""));
  return parsed ? std::optional(*parsed) : std::nullopt;
}

std::optional<Timestamp> moment(const json::value& from, const char* name) {
  return trading::parse_time(chela::get_string(from, name));
}

json::object pick_order(const json::value& order) {
  return pick(order, {"id", "symbol", "status", "type", "side", "asset_class", "submitted_at",
                      "created_at", "updated_at", "filled_at", "failed_at"});
}

// "09:30" -> 570.
std::optional<int> minute_of(std::string_view text) {
  const auto time = trading::parse_time("1970-01-01T" + std::string(text) + ":00Z");
  if (!time) return std::nullopt;
  return static_cast<int>(
      std::chrono::duration_cast<std::chrono::minutes>(time->time_since_epoch()).count());
}

template <class Read>
auto read_list(const json::value* kept, const Read& read) {
  std::vector<decltype(read(json::value()))> all;
  if (kept == nullptr || !kept->is_array()) return all;
  for (const auto& entry : kept->get_array()) {
    if (all.size() < kMostEntries) all.push_back(read(entry));
  }
  return all;
}

}  // namespace

Result<json::value> keep_account(const json::value& answer) {
  json::object kept =
      pick(answer,
           {"id", "status", "trading_blocked", "account_blocked", "transfers_blocked",
            "trade_suspended_by_user", "equity", "last_equity", "cash", "buying_power",
            "maintenance_margin", "intraday_adjustments", "pending_transfer_out", "balance_asof"});
  if (chela::get_string(kept, "id").empty() || chela::get_string(kept, "status").empty())
    return fail(ErrorCode::data_loss,
                "Alpaca's account: wanted id and status, found neither or one");
  kept.erase("id");  // told nobody, and needed no more
  return kept;
}

Result<json::value> keep_clock(const json::value& answer) {
  json::object kept = pick(answer, {"is_open", "next_open", "next_close"});
  const json::value value = kept;
  if (!read_clock(&value))
    return fail(ErrorCode::data_loss,
                "Alpaca's clock: wanted is_open, next_open and next_close, found something else");
  return value;
}

Result<json::value> keep_positions(const json::value& answer) {
  CHELA_TRY(const json::array* list, list_of(answer, "positions"));
  json::array kept;
  for (const auto& entry : *list) {
    json::object one = pick(entry, {"symbol", "asset_class", "qty", "side", "market_value"});
    if (!chela::get_string(one, "symbol").empty() && amount(one, "qty") &&
        kept.size() < kMostEntries)
      kept.push_back(std::move(one));
  }
  return kept;
}

Result<json::value> keep_orders(const json::value& answer) {
  CHELA_TRY(const json::array* list, list_of(answer, "orders"));
  json::array kept;
  const auto take = [&](const json::value& order) {
    json::object one = pick_order(order);
    if (!chela::get_string(one, "id").empty() && !chela::get_string(one, "status").empty() &&
        kept.size() < kMostEntries)
      kept.push_back(std::move(one));
  };
  for (const auto& order : *list) {
    take(order);
    const auto* legs = chela::find(order, "legs");
    if (legs == nullptr || !legs->is_array()) continue;
    for (const auto& leg : legs->get_array()) take(leg);
  }
  return kept;
}

Result<json::value> keep_activities(const json::value& answer) {
  CHELA_TRY(const json::array* list, list_of(answer, "activities"));
  json::array kept;
  for (const auto& entry : *list) {
    json::object one = pick(entry, {"id", "activity_type", "symbol", "qty", "net_amount"});
    if (!chela::get_string(one, "id").empty() && kept.size() < kMostEntries)
      kept.push_back(std::move(one));
  }
  return kept;
}

Result<json::value> keep_calendar(const json::value& answer, std::int64_t day) {
  CHELA_TRY(const json::array* list, list_of(answer, "calendar"));
  json::object kept{{"day", trading::format_day(day)}};
  for (const auto& entry : *list) {
    if (chela::get_string(entry, "date") != trading::format_day(day)) continue;
    const auto open = minute_of(chela::get_string(entry, "open"));
    const auto close = minute_of(chela::get_string(entry, "close"));
    if (!open || !close)
      return fail(ErrorCode::data_loss, "Alpaca's calendar: wanted open and close such as 09:30");
    kept["open"] = *open;
    kept["close"] = *close;
  }
  return kept;
}

Account read_account(const json::value& kept, Timestamp taken) {
  Account account;
  account.status = chela::get_string(kept, "status");
  for (const char* flag : kFlags) {
    if (chela::get_bool(kept, flag)) account.blocks.emplace_back(flag);
  }
  account.equity = amount(kept, "equity");
  account.last_equity = amount(kept, "last_equity");
  account.cash = amount(kept, "cash");
  account.buying_power = amount(kept, "buying_power");
  account.maintenance_margin = amount(kept, "maintenance_margin");
  account.booked = amount(kept, "intraday_adjustments").value_or(Decimal());
  account.leaving = amount(kept, "pending_transfer_out").value_or(Decimal()).magnitude();
  account.day = trading::parse_day(chela::get_string(kept, "balance_asof"))
                    .value_or(trading::eastern(taken).day);
  return account;
}

std::optional<Clock> read_clock(const json::value* kept) {
  if (kept == nullptr) return std::nullopt;
  const auto* is_open = chela::find(*kept, "is_open");
  const auto open = moment(*kept, "next_open"), close = moment(*kept, "next_close");
  if (is_open == nullptr || !is_open->is_bool() || !open || !close) return std::nullopt;
  return Clock{is_open->get_bool(), *open, *close};
}

std::vector<Position> read_positions(const json::value* kept) {
  return read_list(kept, [](const json::value& entry) {
    Position one{chela::get_string(entry, "symbol"), chela::get_string(entry, "asset_class")};
    const Decimal size = amount(entry, "qty").value_or(Decimal()).magnitude();
    const bool is_short = chela::get_string(entry, "side") == "short" ||
                          amount(entry, "qty").value_or(Decimal()).is_negative();
    one.quantity = is_short ? -size : size;
    one.market_value = amount(entry, "market_value");
    return one;
  });
}

std::vector<Order> read_orders(const json::value* kept) {
  return read_list(kept, [](const json::value& entry) {
    const auto text = [&](const char* name) { return chela::get_string(entry, name); };
    Order one{text("id"),   text("symbol"), text("status"),
              text("type"), text("side"),   text("asset_class")};
    one.submitted = moment(entry, "submitted_at");
    if (!one.submitted) one.submitted = moment(entry, "created_at");
    one.updated = moment(entry, "updated_at");
    one.filled = moment(entry, "filled_at");
    one.failed = moment(entry, "failed_at");
    return one;
  });
}

std::vector<Activity> read_activities(const json::value* kept) {
  return read_list(kept, [](const json::value& entry) {
    const auto text = [&](const char* name) { return chela::get_string(entry, name); };
    return Activity{text("id"), text("activity_type"), text("symbol"), text("qty"),
                    amount(entry, "net_amount")};
  });
}

std::optional<Session> read_session(const json::value* kept) {
  if (kept == nullptr || chela::find(*kept, "open") == nullptr) return std::nullopt;
  return Session{static_cast<int>(chela::get_int(*kept, "open")),
                 static_cast<int>(chela::get_int(*kept, "close"))};
}

std::optional<std::int64_t> expiry_of(std::string_view symbol) {
  // Root, YYMMDD, C or P, eight digits of the strike price.
  constexpr std::size_t kTail = 15;
  if (symbol.size() <= kTail) return std::nullopt;
  const auto tail = symbol.substr(symbol.size() - kTail);
  if (tail[6] != 'C' && tail[6] != 'P') return std::nullopt;
  return trading::parse_day("20" + std::string(tail.substr(0, 2)) + "-" +
                            std::string(tail.substr(2, 2)) + "-" + std::string(tail.substr(4, 2)));
}

}  // namespace check_alpaca
