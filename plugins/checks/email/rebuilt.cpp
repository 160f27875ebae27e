#include "rebuilt.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "mail.h"

namespace check_email {
namespace {

using namespace std::chrono_literals;

constexpr auto kClockDoubt = 1h;               // between the server's clock and ours
constexpr std::size_t kBatch = 200;            // a command with more numbers may be too long
constexpr std::size_t kMostMails = 5000;       // asked for in all
constexpr std::size_t kMostBytes = 10u << 20;  // as little of a conversation as leaves room for
                                               // the mails themselves

class Search {
 public:
  Search(Session& session, const Cursor& cursor, chela::Timestamp now)
      : session_(session),
        cursor_(cursor),
        now_(now),
        // Before the first mail that was looked at, everything was there already.
        since_(cursor.seen.empty() ? cursor.done_until : cursor.done_until - kClockDoubt) {
    for (const auto& mail : cursor.waiting) {
      if (mail.hash.empty()) continue;  // of a cursor that did not keep it yet
      missing_.insert(mail.hash);
      oldest_ = std::min(oldest_, mail.arrived);
    }
  }

  Result<FoundAgain> run(Wanted wanted) {
    // SINCE counts days, of the server's clock.
    CHELA_TRY(Uids recent, search(session_, search_since_command(since_ - 24h, wanted)));
    CHELA_TRY(found_.unknown, look_through(recent));
    if (!missing_.empty()) {
      CHELA_TRY(Uids unread, search(session_, search_since_command(oldest_ - 24h, Wanted::unread)));
      Uids older;
      std::set_difference(unread.begin(), unread.end(), recent.begin(), recent.end(),
                          std::back_inserter(older));
      CHELA_TRY(const std::size_t rest, look_through(older));
      if (rest + found_.unknown > 0) found_.lost = missing_.size();
    }
    std::sort(found_.fresh.begin(), found_.fresh.end());
    return std::move(found_);
  }

 private:
  // The newest first. Returns how many were too many.
  Result<std::size_t> look_through(const Uids& uids) {
    std::size_t rest = uids.size();
    while (rest > 0 && asked_ < kMostMails && bytes_ < kMostBytes) {
      const std::size_t size = std::min(rest, kBatch);
      const auto end = uids.begin() + static_cast<std::ptrdiff_t>(rest);
      const Uids batch(end - static_cast<std::ptrdiff_t>(size), end);
      CHELA_TRY(const FetchedMails fetched, fetch_names(session_, batch));
      found_.broken += fetched.broken;
      for (const auto& [uid, one] : fetched.mails) {
        if (one.header) recognise(one);
      }
      rest -= size;
      asked_ += size;
    }
    return rest;
  }

  void recognise(const Fetched& one) {
    bytes_ += one.header->size();
    const std::string hash = mail_hash(parse_header(*one.header));
    const auto waiting = std::find_if(cursor_.waiting.begin(), cursor_.waiting.end(),
                                      [&](const Waiting& mail) { return mail.hash == hash; });
    if (waiting != cursor_.waiting.end()) {
      missing_.erase(hash);
      if (one.is_seen.value_or(false)) return;
      found_.waiting.push_back(*waiting);
      found_.waiting.back().uid = one.uid;
      // Anybody can send another mail with the same Message-ID: that one is judged now.
      if (one.arrived != waiting->arrived) found_.waiting.back().due = now_;
      return;
    }
    if (one.arrived.value_or(now_) >= since_ && !cursor_.has_seen(hash))
      found_.fresh.push_back(one.uid);
  }

  Session& session_;
  const Cursor& cursor_;
  chela::Timestamp now_;
  chela::Timestamp since_;
  chela::Timestamp oldest_ = chela::Timestamp::max();  // of those that wait
  std::set<std::string> missing_{};                    // of those that wait, not found yet
  std::size_t asked_ = 0, bytes_ = 0;
  FoundAgain found_{};
};

}  // namespace

Result<FoundAgain> find_again(Session& session, const Cursor& cursor, Wanted wanted,
                              chela::Timestamp now) {
  return Search(session, cursor, now).run(wanted);
}

}  // namespace check_email
