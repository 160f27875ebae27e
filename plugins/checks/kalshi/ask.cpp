#include "ask.h"

#include <algorithm>
#include <set>

namespace check_kalshi {
namespace {

using trading::Asker;
using trading::Importance;
using trading::Ledger;
using trading::Memory;
using trading::Miss;
using trading::Reading;

constexpr std::uint64_t kMostBytes = 4u << 20;
constexpr int kMostPages = 10;
constexpr std::size_t kMostTickers = 300, kTickersAtOnce = 100;

chela::Result<chela::FetchReply> fetch(const Desk& desk, const std::string& path,
                                       const std::string& query,
                                       std::vector<std::pair<std::string, std::string>> headers) {
  const chela::Duration left = desk.end - desk.host.clock().now();
  if (left <= chela::Duration(0))
    return chela::fail(trading::out_of_time().miss.code, trading::out_of_time().miss.why);
  chela::FetchRequest request;
  request.url = desk.settings.place.origin + path + (query.empty() ? "" : "?" + query);
  request.headers = std::move(headers);
  request.headers.emplace_back("accept", "application/json");
  request.timeout = std::min(desk.settings.timeout, left);
  request.max_body_bytes = kMostBytes;
  return desk.host.http().fetch(request);
}

Reading get_open(const Desk& desk, const std::string& path, const std::string& query = "") {
  return trading::read_reply(fetch(desk, "/trade-api/v2" + path, query, {}),
                             desk.host.clock().now());
}

// What is signed is the time, the method and the path; the query is not.
Reading get_signed(const Desk& desk, const std::string& path, const std::string& query = "") {
  const std::string whole = "/trade-api/v2" + path;
  const std::string time = std::to_string(desk.host.clock().now().time_since_epoch().count());
  const auto signature = desk.host.sign().sign("private_key", time + "GET" + whole);
  if (!signature)
    return {.miss = {.code = signature.error().code, .why = signature.error().message}};
  const auto reply = fetch(desk, whole, query,
                           {{"kalshi-access-key", "{{secret:key_id}}"},
                            {"kalshi-access-signature", signature->base64},
                            {"kalshi-access-timestamp", time}});
  return trading::read_reply(reply, desk.host.clock().now());
}

// A cursor or a ticker, as it may stand in a query.
std::string escaped(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                          (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.';
    const auto byte = static_cast<unsigned char>(c);
    if (is_plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

// All pages of the list `member`, joined: {"orders": [..]}.
Reading get_pages(const Desk& desk, const std::string& path, const std::string& query,
                  const char* member) {
  json::array all;
  std::string page;
  for (int i = 0; i < kMostPages; ++i) {
    Reading reading = get_signed(desk, path, query + page);
    if (!reading.document) return reading;
    const auto* list = chela::find(*reading.document, member);
    if (list == nullptr || !list->is_array()) return reading;
    all.insert(all.end(), list->get_array().begin(), list->get_array().end());
    const std::string cursor = chela::get_string(*reading.document, "cursor");
    const std::string next = "&cursor=" + escaped(cursor);
    if (cursor.empty() || cursor.size() > 1000 || list->get_array().empty() || next == page) break;
    page = next;
  }
  return {.document = json::object{{member, std::move(all)}}};
}

// In 503 and 504 the exchange describes itself in the same document.
Reading get_status(const Desk& desk) {
  const auto reply = fetch(desk, "/trade-api/v2/exchange/status", "", {});
  Reading reading = trading::read_reply(reply, desk.host.clock().now());
  if (reading.miss.status != 503 && reading.miss.status != 504) return reading;
  const auto body = trading::body_of(reply);
  const auto kept = body ? keep_status(*body) : Result<json::value>(json::value());
  if (body && kept && read_status(&*kept)) return {.document = *body};
  return reading;
}

std::vector<std::string> tickers_of(const Ledger& ledger) {
  std::set<std::string> tickers;
  for (const auto& position : read_positions(ledger.document("positions")))
    tickers.insert(position.ticker);
  for (const auto& order : read_orders(ledger.document("orders"))) tickers.insert(order.ticker);
  std::vector<std::string> some(tickers.begin(), tickers.end());
  some.resize(std::min(some.size(), kMostTickers));
  return some;
}

Reading get_markets(const Desk& desk, const std::vector<std::string>& tickers) {
  json::array all;
  for (std::size_t at = 0; at < tickers.size(); at += kTickersAtOnce) {
    std::string joined;
    for (std::size_t i = at; i < std::min(tickers.size(), at + kTickersAtOnce); ++i)
      joined += (joined.empty() ? "" : ",") + escaped(tickers[i]);
    Reading reading = get_open(desk, "/markets", "limit=1000&tickers=" + joined);
    if (!reading.document) return reading;
    const auto* list = chela::find(*reading.document, "markets");
    if (list == nullptr || !list->is_array()) return reading;
    all.insert(all.end(), list->get_array().begin(), list->get_array().end());
  }
  return {.document = json::object{{"markets", std::move(all)}}};
}

// What seldom changes is asked for once an hour, and where it failed.
bool is_due(const Ledger& ledger, const std::string& name, Timestamp now) {
  const auto* entry = ledger.entry(name);
  return entry == nullptr || entry->misses > 0 || now - entry->taken >= std::chrono::hours(1) ||
         entry->taken > now;
}

std::string seconds_of(Timestamp time) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

}  // namespace

void ask_status(const Desk& desk, Asker& asker) {
  asker.ask(
      "status", [&] { return get_status(desk); }, keep_status);
}

void ask_account(const Desk& desk, Asker& asker) {
  asker.ask(
      "balance", [&] { return get_signed(desk, "/portfolio/balance"); }, keep_balance);
  asker.ask(
      "positions",
      [&] {
        return get_pages(desk, "/portfolio/positions", "limit=200&count_filter=position",
                         "market_positions");
      },
      keep_positions);
  asker.ask(
      "orders",
      [&] { return get_pages(desk, "/portfolio/orders", "limit=200&status=resting", "orders"); },
      keep_orders);
  for (const char* what : {"deposits", "withdrawals"}) {
    asker.ask(
        what, [&] { return get_signed(desk, std::string("/portfolio/") + what, "limit=100"); },
        [&](const json::value& answer) { return keep_transfers(answer, what); },
        Importance::optional);
  }
}

void ask_rest(const Desk& desk, Asker& asker, const Memory& memory, Timestamp now) {
  const auto tickers = tickers_of(memory.ledger);
  if (!tickers.empty())
    asker.ask(
        "markets", [&] { return get_markets(desk, tickers); }, keep_markets);
  if (memory.last_look) {
    const Timestamp since =
        std::clamp(*memory.last_look, now - std::chrono::hours(168), now) - std::chrono::hours(1);
    asker.ask(
        "settlements",
        [&] {
          return get_pages(desk, "/portfolio/settlements", "limit=100&min_ts=" + seconds_of(since),
                           "settlements");
        },
        keep_settlements);
  }
  if (is_due(memory.ledger, "api keys", now)) {
    asker.ask(
        "api keys", [&] { return get_signed(desk, "/api_keys"); }, keep_api_keys,
        Importance::optional);
  }
  if (is_due(memory.ledger, "limits", now)) {
    asker.ask(
        "limits", [&] { return get_signed(desk, "/account/limits"); }, keep_limits,
        Importance::optional);
  }
}

Result<std::optional<Timestamp>> ask_last_act(const Desk& desk, Asker& asker, const Ledger& ledger,
                                              Timestamp now) {
  const bool is_fresh = asker.ask(
      "recent orders",
      [&] {
        return get_signed(desk, "/portfolio/orders",
                          "limit=200&min_ts=" + seconds_of(now - std::chrono::hours(24)));
      },
      keep_orders);
  if (!is_fresh)
    return chela::fail(chela::ErrorCode::unavailable, ledger.entry("recent orders")->why);
  std::optional<Timestamp> last;
  for (const auto& order : read_orders(ledger.document("recent orders"))) {
    for (const auto& time : {order.created, order.updated}) {
      if (time && (!last || *time > *last)) last = time;
    }
  }
  return last;
}

}  // namespace check_kalshi
