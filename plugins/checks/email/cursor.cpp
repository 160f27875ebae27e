#include "cursor.h"

#include <algorithm>
#include <limits>

namespace check_email {
namespace {

namespace json = chela::json;

constexpr std::size_t kHashSize = 16;

std::uint32_t get_uid(const json::value& value, const char* name) {
  const auto number = chela::get_int(value, name);
  const bool fits = number > 0 && number <= std::numeric_limits<std::uint32_t>::max();
  return fits ? static_cast<std::uint32_t>(number) : 0;
}

chela::Timestamp get_time(const json::value& value, const char* name) {
  constexpr std::int64_t kFarAway = 100'000'000'000'000;  // beyond it, sums would overflow
  return chela::Timestamp(
      chela::Duration(std::clamp<std::int64_t>(chela::get_int(value, name), 0, kFarAway)));
}

}  // namespace

void Cursor::remember(const std::string& hash) {
  seen.push_back(hash);
  if (seen.size() > kMaxSeen)
    seen.erase(seen.begin(), seen.end() - static_cast<std::ptrdiff_t>(kMaxSeen));
}

bool Cursor::has_seen(const std::string& hash) const {
  return std::find(seen.begin(), seen.end(), hash) != seen.end();
}

bool Cursor::wait_for(const Waiting& mail) {
  if (waiting.size() >= kMaxWaiting) return false;
  waiting.push_back(mail);
  return true;
}

Cursor read_cursor(const json::value& value, const std::string& identity) {
  Cursor cursor;
  if (chela::get_int(value, "v") != 1 || chela::get_string(value, "of") != identity) return cursor;
  cursor.uid_validity = get_uid(value, "uidvalidity");
  cursor.last = get_uid(value, "last");
  if (cursor.uid_validity == 0) return cursor;
  cursor.is_known = true;
  cursor.has_rest = chela::get_bool(value, "rest");
  cursor.done_until = get_time(value, "done_until_ms");
  cursor.seen = chela::get_strings(value, "seen");
  if (cursor.seen.size() > Cursor::kMaxSeen) cursor.seen.resize(Cursor::kMaxSeen);
  const auto* waiting = chela::find(value, "waiting");
  if (waiting == nullptr || !waiting->is_array()) return cursor;
  for (const auto& one : waiting->get_array()) {
    Waiting mail{get_uid(one, "uid"), get_time(one, "due_ms"), get_time(one, "arrived_ms"),
                 chela::get_string(one, "hash")};
    if (mail.hash.size() > kHashSize) mail.hash.clear();
    if (mail.uid != 0) cursor.wait_for(mail);
  }
  return cursor;
}

json::value write_cursor(const Cursor& cursor, const std::string& identity) {
  json::array waiting;
  for (const auto& mail : cursor.waiting) {
    waiting.push_back(json::object{{"uid", mail.uid},
                                   {"due_ms", mail.due.time_since_epoch().count()},
                                   {"arrived_ms", mail.arrived.time_since_epoch().count()},
                                   {"hash", mail.hash}});
  }
  return json::object{{"v", 1},
                      {"of", identity},
                      {"uidvalidity", cursor.uid_validity},
                      {"last", cursor.last},
                      {"rest", cursor.has_rest},
                      {"done_until_ms", cursor.done_until.time_since_epoch().count()},
                      {"seen", json::array(cursor.seen.begin(), cursor.seen.end())},
                      {"waiting", std::move(waiting)}};
}

std::vector<std::uint32_t> due_uids(const Cursor& cursor, chela::Timestamp now, std::size_t most) {
  std::vector<Waiting> due;
  std::copy_if(cursor.waiting.begin(), cursor.waiting.end(), std::back_inserter(due),
               [&](const Waiting& mail) { return mail.due <= now; });
  std::sort(due.begin(), due.end(),
            [](const Waiting& a, const Waiting& b) { return a.due < b.due; });
  std::vector<std::uint32_t> uids;
  for (const auto& mail : due) {
    if (uids.size() < most) uids.push_back(mail.uid);
  }
  return uids;
}

bool is_unchanged(const Cursor& cursor, const MailboxState& state, chela::Timestamp now) {
  return cursor.uid_validity == state.uid_validity && state.uid_next != 0 &&
         state.uid_next - 1 == cursor.last && !cursor.has_rest && due_uids(cursor, now, 1).empty();
}

}  // namespace check_email
