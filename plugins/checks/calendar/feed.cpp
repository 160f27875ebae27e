#include "feed.h"

#include "dav.h"

namespace check_calendar {
namespace {

constexpr std::uint64_t kMostBody = 16u << 20;

// The address may be a secret: in messages it is only "the calendar's address".
constexpr const char* kWhat = "the calendar's address";

chela::Error for_reader(const chela::FetchReply& reply) {
  if (reply.status == 404 || reply.status == 410 || reply.status == 403) {
    return {chela::ErrorCode::unauthenticated,
            std::string(kWhat) + ": the server answered " + std::to_string(reply.status) +
                "; it may have been withdrawn: copy the present one from the calendar's settings"};
  }
  return explain_status(reply, kWhat);
}

}  // namespace

chela::Result<void> fetch_feed(chela::Host& host, const Settings& settings,
                               const IntakeRules& rules, ZoneBook& zones, Calendar& calendar,
                               Notes& notes) {
  chela::FetchRequest request{"GET", settings.url};
  request.headers = {{"accept", "text/calendar"}};
  if (const auto login = settings.authorization(); !login.empty())
    request.headers.emplace_back("authorization", login);
  if (calendar.is_complete && !calendar.is_cut) {
    if (!calendar.ctag.empty()) request.headers.emplace_back("if-none-match", calendar.ctag);
    if (!calendar.sync_token.empty())
      request.headers.emplace_back("if-modified-since", calendar.sync_token);
  }
  request.timeout = settings.timeout;
  request.max_body_bytes = kMostBody;
  CHELA_TRY(const auto reply, host.http().fetch(request));
  if (reply.status == 304 && calendar.is_complete) return {};
  if (reply.status != 200) return chela::fail(for_reader(reply));
  CHELA_TRY(take_feed(calendar, reply.body, rules, zones, notes));
  calendar.ctag = reply.header("etag").value_or("");
  calendar.sync_token = reply.header("last-modified").value_or("");
  calendar.as_of = calendar.sync_token;
  calendar.full_at = rules.now;
  return {};
}

}  // namespace check_calendar
