#include "ask.h"

#include <algorithm>

#include "judge.h"

namespace check_alpaca {
namespace {

using trading::Asker;
using trading::Ledger;
using trading::Memory;
using trading::Reading;

constexpr int kMostActivityPages = 5;
constexpr std::uint64_t kMostBytes = 4u << 20;
constexpr const char* kOpenOrders = "/v2/orders?status=open&limit=500&nested=true";

Reading get(const Desk& desk, const std::string& path) {
  const chela::Duration left = desk.end - desk.host.clock().now();
  if (left <= chela::Duration(0)) return trading::out_of_time();
  chela::FetchRequest request;
  request.url = desk.settings.place.origin + path;
  request.headers = {{"accept", "application/json"},
                     {"apca-api-key-id", "{{secret:key_id}}"},
                     {"apca-api-secret-key", "{{secret:secret_key}}"}};
  request.timeout = std::min(desk.settings.timeout, left);
  request.max_body_bytes = kMostBytes;
  const auto reply = desk.host.http().fetch(request);
  return trading::read_reply(reply, desk.host.clock().now());
}

void ask(const Desk& desk, Asker& asker, const char* name, const std::string& path,
         const Asker::Keep& keep) {
  asker.ask(
      name, [&] { return get(desk, path); }, keep);
}

// An id goes back into an address; "::" and what may stand in a uuid is all that is expected.
bool is_page_token(std::string_view id) {
  return !id.empty() && id.size() <= 64 &&
         id.find_first_not_of("0123456789abcdefABCDEF-:") == std::string_view::npos;
}

Reading get_activities(const Desk& desk, Timestamp after) {
  constexpr std::size_t kPage = 100;
  const std::string path =
      "/v2/account/activities?direction=asc&page_size=" + std::to_string(kPage) +
      "&activity_types=" + desk.settings.activity_types + "&after=" + trading::format_time(after);
  json::array all;
  std::string page;
  for (int i = 0; i < kMostActivityPages; ++i) {
    Reading reading = get(desk, path + page);
    if (!reading.document || !reading.document->is_array()) return reading;
    const json::array& entries = reading.document->get_array();
    all.insert(all.end(), entries.begin(), entries.end());
    const std::string last = entries.empty() ? "" : chela::get_string(entries.back(), "id");
    if (entries.size() < kPage || !is_page_token(last)) break;
    page = "&page_token=" + last;
  }
  return {.document = std::move(all)};
}

// Asked only where the market is closed at an hour at which it usually is open: is it a holiday?
void ask_calendar(const Desk& desk, Asker& asker, const Ledger& ledger, Timestamp now) {
  const auto clock = read_clock(ledger.document("clock"));
  const std::int64_t day = trading::eastern(now).day;
  const std::string today = trading::format_day(day);
  const auto* known = ledger.document("calendar");
  const bool is_known = known != nullptr && chela::get_string(*known, "day") == today;
  if (!clock || is_market_open(clock, now) || !trading::is_regular_session(now) || is_known) return;
  // The description wants times; which zone they are taken in is not said, so a day more is asked.
  const std::string midnight = "T00:00:00Z";
  ask(desk, asker, "calendar",
      "/v2/calendar?start=" + today + midnight + "&end=" + trading::format_day(day + 1) + midnight,
      [&](const json::value& answer) { return keep_calendar(answer, day); });
}

}  // namespace

void ask_for_brief(const Desk& desk, Asker& asker) {
  ask(desk, asker, "account", "/v2/account", keep_account);
  ask(desk, asker, "positions", "/v2/positions", keep_positions);
  ask(desk, asker, "orders", kOpenOrders, keep_orders);
}

void ask_all(const Desk& desk, Asker& asker, const Memory& memory, Timestamp now) {
  ask(desk, asker, "account", "/v2/account", keep_account);
  ask(desk, asker, "clock", "/v2/clock", keep_clock);
  ask(desk, asker, "positions", "/v2/positions", keep_positions);
  ask(desk, asker, "orders", kOpenOrders, keep_orders);
  ask_calendar(desk, asker, memory.ledger, now);
  // Two hours more than needed: `after` goes by when an order was placed, not when it ended.
  const Timestamp session_open = trading::from_eastern(trading::eastern(now).day, 9 * 60 + 30);
  const Timestamp looked =
      std::clamp(memory.last_look.value_or(now), now - std::chrono::hours(168), now);
  const Timestamp after = std::min(looked - std::chrono::hours(2), session_open);
  ask(desk, asker, "closed orders",
      "/v2/orders?status=closed&limit=500&nested=true&after=" + trading::format_time(after),
      keep_orders);
  if (desk.settings.activity_types.empty() || !memory.last_look) return;
  asker.ask(
      "activities", [&] { return get_activities(desk, looked - std::chrono::hours(1)); },
      keep_activities);
}

}  // namespace check_alpaca
