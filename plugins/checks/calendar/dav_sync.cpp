// Brings the mirror of one calendar up to date: what changed, by whatever way the server knows, and
// the files behind that.
#include <algorithm>
#include <map>

#include "dav.h"
#include "dav_bodies.h"

namespace check_calendar {
namespace {

using chela::ErrorCode;
using chela::fail;
using chela::Result;

constexpr int kMostRounds = 50;            // of a sync that the server cuts into pieces
constexpr std::size_t kPerRequest = 50;    // files that one multiget asks for
constexpr std::size_t kPerRun = 2000;      // files that one run fetches
constexpr std::size_t kMostAnswers = 200;  // that one calendar's files may be spread over
constexpr Instant kRangeBack = 2 * kDaySeconds;
constexpr Instant kRangeAhead = 400 * kDaySeconds;

// No other request would be answered otherwise.
bool is_final(int status) {
  return status == 401 || status == 429 || status >= 502;
}

}  // namespace

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
      if (path_key(item.href) == path_key(address.path)) continue;
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
    if (path_key(item.href) != path_key(address.path) && !item.etag.empty())
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
      take_file(calendar, path_key(item.href), item.etag, item.data, rules, zones, notes);
  }
  return {};
}

// Files that this answer brings, or says to be gone. Returns those it does neither of: a server
// that is busy, or cuts its answer, may leave some out, and they are no less there for that.
Dav::Files Dav::take_files(const DavAnswer& answer, const Files& batch, const IntakeRules& rules,
                           ZoneBook& zones, Calendar& calendar, Notes& notes) {
  std::map<std::string, std::pair<std::string, std::string>> asked;
  for (const auto& one : batch) asked.emplace(path_key(one.first), one);
  for (const auto& item : answer.items) {
    const auto found = asked.find(path_key(item.href));
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
      calendar.dropped.insert(mark_of(path_key(batch[0].first), batch[0].second));
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
    const std::string key = path_key(href);
    const auto kept = calendar.kept.find(key);
    const auto mark = mark_of(key, etag);
    there.insert(key);
    if (calendar.dropped.contains(mark)) {
      still_dropped.insert(mark);
    } else if (kept == calendar.kept.end() || kept->second.tag != etag) {
      wanted.emplace_back(href, etag);
    }
  }
  for (const auto& href : changes.gone) calendar.kept.erase(path_key(href));
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
  CHELA_TRY(const Address address, follow(base, listed.href));
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
