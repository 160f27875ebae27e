#include "feed.h"

#include <chela/untrusted.h>

#include "dav.h"

namespace check_calendar {
namespace {

constexpr std::uint64_t kMostBody = 16u << 20;

// The address may be a secret: in messages it is only "the calendar's address".
constexpr const char* kWhat = "the calendar's address";

// What leads elsewhere is not followed: `url` is what was allowed. Where that is a secret, the path
// behind it usually is one as well, so that only the server is named.
chela::Error explain_redirect(const chela::FetchReply& reply, const Settings& settings) {
  const std::string found =
      std::string(kWhat) + ": the server answered " + std::to_string(reply.status);
  const std::string location(reply.header("location").value_or(""));
  if (location.empty())
    return {chela::ErrorCode::failed_precondition, found + ", but not where the calendar is now"};
  if (settings.has_secret_address()) {
    const auto next = parse_address(location);
    return {chela::ErrorCode::failed_precondition,
            found + ": the calendar lies elsewhere now" +
                (next ? ", on '" + chela::untrusted_text(next->origin, 100) + "'" : "") +
                "; copy its present address from the calendar's settings into the secret"};
  }
  std::string target = location;
  if (const auto base = parse_address(settings.url)) {
    if (const auto next = resolve(*base, location)) target = next->text();
  }
  return {chela::ErrorCode::failed_precondition,
          found + " and says that the calendar lies elsewhere: '" +
              chela::untrusted_text(target, 300) + "'; where you trust that, set `url` to it"};
}

chela::Error for_reader(const chela::FetchReply& reply, const Settings& settings) {
  if (is_redirect(reply.status)) return explain_redirect(reply, settings);
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
  if (reply.status != 200) return chela::fail(for_reader(reply, settings));
  CHELA_TRY(take_feed(calendar, reply.body, rules, zones, notes));
  calendar.ctag = reply.header("etag").value_or("");
  calendar.sync_token = reply.header("last-modified").value_or("");
  calendar.as_of = calendar.sync_token;
  calendar.full_at = rules.now;
  return {};
}

}  // namespace check_calendar
