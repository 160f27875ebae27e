#include "dav.h"

#include <chela/utf8.h>

#include <algorithm>
#include <map>

#include "dav_bodies.h"
#include "xml.h"

namespace check_calendar {
namespace {

using chela::Error;
using chela::ErrorCode;
using chela::fail;
using chela::Result;

constexpr int kMostRedirects = 5;
constexpr int kMostRounds = 50;            // of a sync that the server cuts into pieces
constexpr std::size_t kPerRequest = 50;    // files that one multiget asks for
constexpr std::size_t kPerRun = 2000;      // files that one run fetches
constexpr std::size_t kMostAnswers = 200;  // that one calendar's files may be spread over
constexpr std::uint64_t kMostBody = 8u << 20;
constexpr Instant kRangeBack = 2 * kDaySeconds;
constexpr Instant kRangeAhead = 400 * kDaySeconds;

// No other request would be answered otherwise.
bool is_final(int status) {
  return status == 401 || status == 429 || status >= 502;
}

// Whether another place may answer where this one did not.
bool may_look_elsewhere(const Error& error) {
  return error.code == ErrorCode::not_found || error.code == ErrorCode::failed_precondition ||
         error.code == ErrorCode::data_loss || error.code == ErrorCode::permission_denied;
}

// The same file may be written with other escapes in another answer: "%40" and "@".
std::string key_of(std::string_view href) {
  if (const auto scheme = href.find("://"); scheme < href.find('/')) {
    const auto path = href.find('/', scheme + 3);
    href = path == std::string_view::npos ? "/" : href.substr(path);
  }
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  std::string key;
  for (std::size_t i = 0; i < href.size(); ++i) {
    const int high = href[i] == '%' && i + 2 < href.size() ? digit(href[i + 1]) : -1;
    const int low = high < 0 ? -1 : digit(href[i + 2]);
    key += low < 0 ? href[i] : static_cast<char>(high * 16 + low);
    if (low >= 0) i += 2;
  }
  // An escape may stand for any byte; the key is kept as text.
  return chela::is_utf8(key) ? key : std::string(href);
}

bool is_named(const DavItem& item, const std::vector<std::string>& names) {
  return names.empty() || std::any_of(names.begin(), names.end(), [&](std::string name) {
           if (name == item.name) return true;
           while (name.size() > 1 && name.ends_with('/')) name.pop_back();
           std::string path = key_of(item.href);
           while (path.size() > 1 && path.ends_with('/')) path.pop_back();
           return path == name || path.ends_with("/" + name);
         });
}

}  // namespace

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Error explain_status(const chela::FetchReply& reply, const std::string& what) {
  const std::string found = what + ": the server answered " + std::to_string(reply.status);
  switch (reply.status) {
    case 401:
      return {ErrorCode::unauthenticated,
              found + "; the login is refused: check `login`, `user` and the secret of this check"};
    case 403:
      return {ErrorCode::permission_denied, found + "; this login may not read it"};
    case 404:
    case 410:
      return {ErrorCode::not_found, found + "; check `url`"};
    case 429:
      return {ErrorCode::unavailable, found + ": too many requests; run this check less often"};
    default:
      break;
  }
  if (reply.status >= 500) return {ErrorCode::unavailable, found + "; it is in trouble itself"};
  return {ErrorCode::failed_precondition, found + "; this is not what a calendar server says"};
}

Result<chela::FetchReply> Dav::ask(const char* method, const Address& address, const char* depth,
                                   const std::string& body) {
  Address at = address;
  for (int i = 0; i <= kMostRedirects; ++i) {
    chela::FetchRequest request{method, at.text()};
    request.headers = {{"content-type", "application/xml; charset=utf-8"}, {"depth", depth}};
    if (const auto login = settings_.authorization(); !login.empty())
      request.headers.emplace_back("authorization", login);
    request.body = body;
    request.timeout = settings_.timeout;
    request.max_body_bytes = kMostBody;
    CHELA_TRY(chela::FetchReply reply, host_.http().fetch(request));
    const auto location = reply.header("location");
    if (!is_redirect(reply.status) || !location) return reply;
    CHELA_TRY(const Address next, resolve(at, *location));
    // Where the login was encrypted it stays so.
    if (at.origin.starts_with("https:") && !next.origin.starts_with("https:"))
      return fail(ErrorCode::failed_precondition,
                  at.origin + ": the server leads from https to http; nothing is sent there");
    at = next;
  }
  return fail(ErrorCode::failed_precondition, address.text() + ": redirected again and again");
}

Result<DavAnswer> Dav::find_properties(const Address& address, const char* depth) {
  CHELA_TRY(const auto reply, ask("PROPFIND", address, depth, propfind_body()));
  if (reply.status != 207) return fail(explain_status(reply, address.text()));
  auto answer = parse_dav_answer(reply.body);
  if (!answer) return fail(answer.error().code, address.text() + ": " + answer.error().message);
  return answer;
}

Result<DavPlace> Dav::look_into_principal(const Address& address) {
  CHELA_TRY(const DavAnswer answer, find_properties(address, "0"));
  for (const auto& item : answer.items) {
    if (item.homes.empty()) continue;
    CHELA_TRY(const Address home, resolve(address, item.homes.front()));
    return DavPlace{home.text(), true, item.addresses};
  }
  return fail(ErrorCode::not_found,
              address.text() + ": the server names no calendars of this user (calendar-home-set)");
}

Result<DavPlace> Dav::discover_at(const Address& address) {
  CHELA_TRY(const DavAnswer answer, find_properties(address, "0"));
  if (answer.items.empty())
    return fail(ErrorCode::data_loss, address.text() + ": the server's answer is empty");
  const DavItem& item = answer.items.front();
  std::string principal = item.principal;
  DavPlace place{address.text(), !item.is_calendar, item.addresses};
  if (!principal.empty()) {
    CHELA_TRY(const Address at, resolve(address, principal));
    auto home = look_into_principal(at);
    if (home && item.is_calendar) place.addresses = home->addresses;
    if (!item.is_calendar && (home || !may_look_elsewhere(home.error()))) return home;
  }
  if (item.is_calendar) return place;
  if (!item.homes.empty()) {
    CHELA_TRY(const Address home, resolve(address, item.homes.front()));
    return DavPlace{home.text(), true, item.addresses};
  }
  // A folder of calendars serves as well.
  CHELA_TRY(const DavAnswer below, find_properties(address, "1"));
  const bool has_calendar = std::any_of(below.items.begin(), below.items.end(),
                                        [](const DavItem& one) { return one.is_calendar; });
  if (has_calendar) return place;
  return fail(ErrorCode::not_found, address.text() +
                                        ": neither a calendar nor a way to the user's calendars "
                                        "is there; set `url` to the calendar itself");
}

Result<DavPlace> Dav::discover() {
  CHELA_TRY(const Address start, parse_address(settings_.url));
  const bool is_bare = start.path == "/";
  Error first;
  if (!is_bare) {
    auto found = discover_at(start);
    if (found || !may_look_elsewhere(found.error())) return found;
    first = found.error();
  }
  auto known = discover_at({start.origin, "/.well-known/caldav"});
  if (known || !may_look_elsewhere(known.error())) return known;
  if (!is_bare) return fail(first);
  return discover_at(start);
}

Result<std::vector<DavItem>> Dav::list(const DavPlace& place) {
  CHELA_TRY(const Address address, parse_address(place.url));
  CHELA_TRY(DavAnswer answer, find_properties(address, place.is_home ? "1" : "0"));
  std::vector<DavItem> calendars;
  for (auto& item : answer.items) {
    if (item.is_calendar && item.takes_events && is_named(item, settings_.calendars))
      calendars.push_back(std::move(item));
  }
  if (!calendars.empty()) return calendars;
  return fail(ErrorCode::not_found,
              address.text() + (settings_.calendars.empty()
                                    ? ": no calendar with events is there"
                                    : ": none of the calendars in `calendars` is there"));
}

std::vector<std::string> Dav::missing_names(const std::vector<DavItem>& listed) const {
  std::vector<std::string> missing;
  const std::set<std::string> names(settings_.calendars.begin(), settings_.calendars.end());
  for (const auto& name : names) {
    const bool is_there = std::any_of(listed.begin(), listed.end(),
                                      [&](const DavItem& one) { return is_named(one, {name}); });
    if (!is_there) missing.push_back(name);
  }
  return missing;
}

// nullopt: the server does not know such reports.
Result<std::optional<Dav::Changes>> Dav::changes_by_token(const Address& address,
                                                          const std::string& token) {
  Changes changes;
  changes.is_whole = token.empty();
  changes.token = token;
  for (int round = 0; round < kMostRounds; ++round) {
    CHELA_TRY(const auto reply, ask("REPORT", address, "0", sync_body(changes.token)));
    if (is_final(reply.status)) return fail(explain_status(reply, address.text()));
    // An expired token is 403 with valid-sync-token; Xandikos 0.2.8 says 500, others 400 or 410.
    if (reply.status != 207 && round == 0 && !token.empty()) return changes_by_token(address, "");
    if (reply.status != 207) return std::optional<Changes>();
    auto answer = parse_dav_answer(reply.body);
    if (!answer) return fail(answer.error().code, address.text() + ": " + answer.error().message);
    for (const auto& item : answer->items) {
      if (key_of(item.href) == key_of(address.path)) continue;
      if (item.status == 404) changes.gone.push_back(item.href);
      if (item.status == 200 && !item.etag.empty())
        changes.changed.emplace_back(item.href, item.etag);
    }
    const bool is_same = changes.token == answer->sync_token;
    changes.token = answer->sync_token;
    if (!answer->is_cut || is_same) return std::optional<Changes>(std::move(changes));
  }
  return std::optional<Changes>(std::move(changes));
}

Result<std::optional<Dav::Changes>> Dav::changes_by_etags(const Address& address) {
  CHELA_TRY(const auto reply, ask("PROPFIND", address, "1", etags_body()));
  if (is_final(reply.status) || reply.status == 500)
    return fail(explain_status(reply, address.text()));
  if (reply.status != 207) return std::optional<Changes>();
  auto answer = parse_dav_answer(reply.body);
  if (!answer) return fail(answer.error().code, address.text() + ": " + answer.error().message);
  Changes changes;
  changes.is_whole = true;
  for (const auto& item : answer->items) {
    if (key_of(item.href) != key_of(address.path) && !item.etag.empty())
      changes.changed.emplace_back(item.href, item.etag);
  }
  return std::optional<Changes>(std::move(changes));
}

// The last resort: what the server thinks lies in a span of time, whole.
Result<void> Dav::take_range(const Address& address, const IntakeRules& rules, ZoneBook& zones,
                             Calendar& calendar, Notes& notes) {
  CHELA_TRY(const auto reply, ask("REPORT", address, "1",
                                  range_body(rules.now - kRangeBack, rules.now + kRangeAhead)));
  if (reply.status != 207) return fail(explain_status(reply, address.text()));
  auto answer = parse_dav_answer(reply.body);
  if (!answer) return fail(answer.error().code, address.text() + ": " + answer.error().message);
  calendar.kept.clear();
  calendar.dropped.clear();
  for (const auto& item : answer->items) {
    if (!item.data.empty())
      take_file(calendar, key_of(item.href), item.etag, item.data, rules, zones, notes);
  }
  return {};
}

// Files that this answer brings, or says to be gone. Returns those it does neither of: a server
// that is busy, or cuts its answer, may leave some out, and they are no less there for that.
Dav::Files Dav::take_files(const DavAnswer& answer, const Files& batch, const IntakeRules& rules,
                           ZoneBook& zones, Calendar& calendar, Notes& notes) {
  std::map<std::string, std::pair<std::string, std::string>> asked;
  for (const auto& one : batch) asked.emplace(key_of(one.first), one);
  for (const auto& item : answer.items) {
    const auto found = asked.find(key_of(item.href));
    if (found == asked.end()) continue;
    const auto& [key, file] = *found;
    if (!item.data.empty()) {
      // The tag that was announced: should the file be newer by now, the next run fetches it again.
      take_file(calendar, key, file.second, item.data, rules, zones, notes);
    } else if (item.status == 404 || item.status == 410) {
      calendar.kept.erase(key);
    } else {
      continue;
    }
    asked.erase(found);
  }
  Files missing;
  for (auto& [key, file] : asked) missing.push_back(std::move(file));
  return missing;
}

Result<std::size_t> Dav::fetch(const Address& address, Files wanted, const IntakeRules& rules,
                               ZoneBook& zones, Calendar& calendar, Notes& notes) {
  std::size_t size = kPerRequest;
  std::size_t left_out = 0, answers = 0;
  for (std::size_t at = 0; at < wanted.size();) {
    const auto begin = wanted.begin() + static_cast<std::ptrdiff_t>(at);
    const auto count = std::min(size, wanted.size() - at);
    const Files batch(begin, begin + static_cast<std::ptrdiff_t>(count));
    const auto reply = ask("REPORT", address, "1", multiget_body(batch));
    const bool is_too_large = !reply && reply.error().code == ErrorCode::resource_exhausted;
    if (is_too_large && count > 1) {
      size = count / 2;
      continue;
    }
    if (is_too_large) {
      // One file that is larger than all may be: as if it were not there, until it changes.
      calendar.dropped.insert(mark_of(key_of(batch[0].first), batch[0].second));
      if (++notes.unreadable == 1) notes.example = "a file is larger than 8 MiB";
      ++at;
      continue;
    }
    if (!reply) return fail(reply.error());
    if (reply->status != 207) return fail(explain_status(*reply, address.text()));
    auto answer = parse_dav_answer(reply->body);
    if (!answer) return fail(answer.error().code, address.text() + ": " + answer.error().message);
    Files missing = take_files(*answer, batch, rules, zones, calendar, notes);
    fetched_ += count - missing.size();
    at += count;
    // As long as some come the others are asked for again.
    if (missing.size() == count || ++answers > kMostAnswers) {
      left_out += missing.size();
    } else {
      wanted.insert(wanted.end(), missing.begin(), missing.end());
    }
  }
  return left_out;
}

bool Dav::is_unchanged(const DavItem& listed, const Calendar& calendar) {
  if (!calendar.is_complete) return false;
  if (!listed.ctag.empty()) return listed.ctag == calendar.ctag;
  return !listed.sync_token.empty() && listed.sync_token == calendar.sync_token;
}

// Takes out of the mirror what is gone; returns what is new or newer.
Dav::Files Dav::apply(const Changes& changes, Instant now, Calendar& calendar) {
  Files wanted;
  std::set<std::string> there;
  std::set<std::uint64_t> still_dropped;
  for (const auto& [href, etag] : changes.changed) {
    const std::string key = key_of(href);
    const auto kept = calendar.kept.find(key);
    const auto mark = mark_of(key, etag);
    there.insert(key);
    if (calendar.dropped.contains(mark)) {
      still_dropped.insert(mark);
    } else if (kept == calendar.kept.end() || kept->second.tag != etag) {
      wanted.emplace_back(href, etag);
    }
  }
  for (const auto& href : changes.gone) calendar.kept.erase(key_of(href));
  if (!changes.is_whole) return wanted;
  std::erase_if(calendar.kept, [&](const auto& one) { return !there.contains(one.first); });
  calendar.dropped = std::move(still_dropped);
  calendar.full_at = now;
  calendar.is_cut = false;
  return wanted;
}

Result<void> Dav::sync(const DavPlace& place, const DavItem& listed, const IntakeRules& rules,
                       ZoneBook& zones, Calendar& calendar, Notes& notes) {
  CHELA_TRY(const Address base, parse_address(place.url));
  CHELA_TRY(const Address address, resolve(base, listed.href));
  calendar.name = cut(listed.name, 200);
  if (calendar.is_cut && rules.now - calendar.full_at > kDaySeconds) {
    calendar.sync_token.clear();
    calendar.ctag.clear();
  }
  if (is_unchanged(listed, calendar)) return {};

  std::optional<Changes> changes;
  if (listed.can_sync || !listed.sync_token.empty()) {
    CHELA_TRY(changes, changes_by_token(address, calendar.sync_token));
  }
  if (!changes) {
    CHELA_TRY(changes, changes_by_etags(address));
  }
  if (!changes) {
    CHELA_TRY(take_range(address, rules, zones, calendar, notes));
    calendar.is_complete = true;
    return {};
  }
  Files wanted = apply(*changes, rules.now, calendar);
  const std::size_t room = kPerRun - std::min(kPerRun, fetched_);
  const std::size_t rest = wanted.size() - std::min(wanted.size(), room);
  wanted.resize(wanted.size() - rest);
  CHELA_TRY(const std::size_t left_out,
            fetch(address, std::move(wanted), rules, zones, calendar, notes));
  notes.pending += rest + left_out;
  if (rest > 0) return {};  // no token: the next run compares again and goes on
  // So it does for files that the server keeps back, but they hide no news of the others.
  calendar.is_complete = true;
  if (left_out > 0) return {};
  calendar.sync_token = changes->token;
  calendar.ctag = listed.ctag;
  return {};
}

}  // namespace check_calendar
