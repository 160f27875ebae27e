#include "dav.h"

#include <chela/untrusted.h>

#include <algorithm>
#include <set>

#include "dav_bodies.h"

namespace check_calendar {
namespace {

using chela::Error;
using chela::ErrorCode;
using chela::fail;
using chela::Result;

constexpr int kMostRedirects = 5;
constexpr std::uint64_t kMostBody = 8u << 20;

// Whether another place may answer where this one did not.
bool may_look_elsewhere(const Error& error) {
  return error.code == ErrorCode::not_found || error.code == ErrorCode::failed_precondition ||
         error.code == ErrorCode::data_loss || error.code == ErrorCode::permission_denied;
}

bool is_tls(const Address& address) {
  return address.origin.starts_with("https:");
}

bool is_named(const DavItem& item, const std::vector<std::string>& names) {
  return names.empty() || std::any_of(names.begin(), names.end(), [&](std::string name) {
           if (name == item.name) return true;
           while (name.size() > 1 && name.ends_with('/')) name.pop_back();
           std::string path = path_key(item.href);
           while (path.size() > 1 && path.ends_with('/')) path.pop_back();
           return path == name || path.ends_with("/" + name);
         });
}

}  // namespace

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

Result<Address> follow(const Address& base, std::string_view href) {
  const auto next = resolve(base, href);
  if (next) return *next;
  return fail(ErrorCode::data_loss, base.text() + ": the server leads to what is no address: '" +
                                        chela::untrusted_text(href, 100) + "'");
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

// Redirects and links are words of the server: they do not decide who gets the login.
Result<void> Dav::may_ask(const Address& address) {
  CHELA_TRY(const Address first, parse_address(settings_.url));
  if (is_at(address, first.origin)) return {};
  const std::string target = "'" + chela::untrusted_text(address.origin, 200) + "'";
  const bool is_named =
      std::any_of(settings_.hosts.begin(), settings_.hosts.end(),
                  [&](const std::string& servers) { return is_at(address, servers); });
  Error refusal;
  if (is_tls(first) && !is_tls(address)) {
    // Where the login was encrypted it stays so, whatever `hosts` says.
    refusal = {ErrorCode::failed_precondition, first.origin +
                                                   ": the server leads from https to http, to " +
                                                   target + "; nothing was sent there"};
  } else if (is_named) {
    return {};
  } else {
    refusal = {ErrorCode::permission_denied,
               first.origin + ": this server leads to another one, " + target +
                   ", and nothing was sent there. Only where you trust that one with the login, "
                   "add it to `hosts` in the config and to allow.http in the manifest of this "
                   "check"};
  }
  if (!refused_) refused_ = refusal;
  return fail(refusal);
}

Result<chela::FetchReply> Dav::ask(const char* method, const Address& address, const char* depth,
                                   const std::string& body) {
  Address at = address;
  CHELA_TRY(may_ask(at));
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
    CHELA_TRY(const Address next, follow(at, *location));
    CHELA_TRY(may_ask(next));
    if (is_tls(at) && !is_tls(next))
      return fail(ErrorCode::failed_precondition,
                  at.origin + ": the server leads from https to http; nothing was sent there");
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
    CHELA_TRY(const Address home, follow(address, item.homes.front()));
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
    CHELA_TRY(const Address at, follow(address, principal));
    auto home = look_into_principal(at);
    if (home && item.is_calendar) place.addresses = home->addresses;
    if (!item.is_calendar && (home || !may_look_elsewhere(home.error()))) return home;
  }
  if (item.is_calendar) return place;
  if (!item.homes.empty()) {
    CHELA_TRY(const Address home, follow(address, item.homes.front()));
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
  auto found = search();
  // Other places were tried after that; what they lack is not what a person can mend.
  if (!found && refused_ && may_look_elsewhere(found.error())) return fail(*refused_);
  return found;
}

Result<DavPlace> Dav::search() {
  CHELA_TRY(const Address start, parse_address(settings_.url));
  const bool is_bare = start.path.size() == 1;  // "/"
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

Result<std::vector<DavItem>> Dav::list_named(const DavPlace& place) {
  CHELA_TRY(const Address address, parse_address(place.url));
  CHELA_TRY(DavAnswer answer, find_properties(address, place.is_home ? "1" : "0"));
  std::vector<DavItem> calendars;
  for (auto& item : answer.items) {
    if (item.is_calendar && item.takes_events && is_named(item, settings_.calendars))
      calendars.push_back(std::move(item));
  }
  return calendars;
}

Result<std::vector<DavItem>> Dav::list(const DavPlace& place) {
  CHELA_TRY(auto calendars, list_named(place));
  if (!calendars.empty()) return calendars;
  return fail(ErrorCode::not_found,
              place.url + (settings_.calendars.empty()
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

}  // namespace check_calendar
