#include "round.h"

#include <algorithm>

#include "brief.h"
#include "commands.h"
#include "content.h"
#include "findings.h"
#include "learn.h"
#include "questions.h"
#include "rebuilt.h"

namespace check_email {
namespace {

using chela::ErrorCode;
using chela::fail;
using chela::Report;

constexpr std::size_t kMostDue = 50;      // mails that waited, looked at again in one run
constexpr std::size_t kMostFlagged = 10;  // findings of one run; the others are counted in one

// One run over a mailbox.
class Round {
 public:
  Round(Session& session, const Settings& settings, Cursor cursor, chela::Timestamp now)
      : session_(session),
        settings_(settings),
        mailbox_(mailbox_name(settings.mailbox)),
        cursor_(std::move(cursor)),
        now_(now) {}

  Result<Report> run() {
    CHELA_TRY(const MailboxState state, ask_status(session_, mailbox_));
    report_.metric("messages", static_cast<double>(state.messages), "");
    report_.metric("unread", static_cast<double>(state.unseen), "");
    if (!cursor_.is_known) return baseline(state);
    if (is_unchanged(cursor_, state, now_)) return finish(counts_.summary());
    CHELA_TRY(MailboxState opened, examine(session_, mailbox_));
    if (opened.uid_validity == 0) opened.uid_validity = state.uid_validity;
    if (opened.uid_next == 0) opened.uid_next = state.uid_next;
    if (opened.uid_validity != cursor_.uid_validity) return look_at_rebuilt(opened);
    return look_at_new(opened);
  }

 private:
  Wanted wanted() const { return settings_.only_unread ? Wanted::unread : Wanted::all; }

  Result<Report> baseline(const MailboxState& state) {
    CHELA_TRY(start_anew(state));
    return finish("first look: " + std::to_string(state.messages) + " in the mailbox, " +
                  std::to_string(state.unseen) + " unread; what comes from now on is told");
  }

  // Everything that is there now counts as done with.
  Result<void> start_anew(const MailboxState& state) {
    cursor_.is_known = true;
    cursor_.uid_validity = state.uid_validity;
    cursor_.has_rest = false;
    cursor_.waiting.clear();
    cursor_.done_until = now_;
    if (state.uid_next == 0) {
      return fail(ErrorCode::failed_precondition,
                  "the mail server does not tell UIDNEXT; this check needs a server that does");
    }
    cursor_.last = state.uid_next - 1;
    return {};
  }

  Result<Report> look_at_new(const MailboxState& state) {
    const Uids due = due_uids(cursor_, now_, std::min(settings_.max_mails, kMostDue));
    Uids found;
    if (cursor_.last < UINT32_MAX) {
      CHELA_TRY(found, search(session_, search_from_command(cursor_.last + 1, wanted())));
    }
    // "n:*" always finds the last mail of the mailbox.
    std::erase_if(found, [&](std::uint32_t uid) { return uid <= cursor_.last; });
    Uids now_looked_at = found;
    if (now_looked_at.size() > settings_.max_mails) now_looked_at.resize(settings_.max_mails);
    counts_.rest = found.size() - now_looked_at.size();

    CHELA_TRY(const FetchedMails fetched, look_at(now_looked_at, due));
    advance(state, now_looked_at, fetched);
    CHELA_TRY(tell_mails());
    return finish(counts_.summary());
  }

  // What is due is told only where it is still unread, and waits no longer.
  Result<FetchedMails> look_at(const Uids& fresh, const Uids& due) {
    const auto is_due = [&](std::uint32_t uid) {
      return std::find(due.begin(), due.end(), uid) != due.end();
    };
    Uids asked = fresh;
    asked.insert(asked.end(), due.begin(), due.end());
    CHELA_TRY(FetchedMails fetched, fetch_headers(session_, asked));
    counts_.unreadable += fetched.broken;
    std::erase_if(cursor_.waiting, [&](const Waiting& mail) { return is_due(mail.uid); });
    for (const auto& [uid, one] : fetched.mails) {
      if (is_due(uid) && one.is_seen.value_or(false)) continue;
      if (one.header) take(one);
    }
    return fetched;
  }

  void advance(const MailboxState& state, const Uids& looked_at, const FetchedMails& fetched) {
    cursor_.has_rest = counts_.rest > 0;
    if (!looked_at.empty()) cursor_.last = looked_at.back();
    if (cursor_.has_rest) {
      const auto last = fetched.mails.find(cursor_.last);
      if (last != fetched.mails.end() && last->second.arrived)
        cursor_.done_until = *last->second.arrived;
      return;
    }
    if (state.uid_next > 0) cursor_.last = std::max(cursor_.last, state.uid_next - 1);
    cursor_.done_until = now_;
  }

  // The numbers that were known mean nothing any more.
  Result<Report> look_at_rebuilt(const MailboxState& state) {
    CHELA_TRY(FoundAgain found, find_again(session_, cursor_, wanted(), now_));
    counts_.unreadable = found.broken;
    CHELA_TRY(start_anew(state));
    for (const auto& mail : found.waiting) {
      if (!cursor_.wait_for(mail)) found.fresh.push_back(mail.uid);
    }
    // So many cannot be new ones: the mailbox was restored or moved.
    const bool are_too_many = found.unknown > 0 || found.fresh.size() > settings_.max_mails;
    if (are_too_many) {
      add(rebuilt_mailbox(found.fresh.size() + found.unknown, mailbox_place()));
      found.fresh.clear();
    }
    if (found.lost > 0) add(lost_mails(found.lost, mailbox_place()));
    const auto room = std::min(settings_.max_mails - found.fresh.size(), kMostDue);
    CHELA_TRY(look_at(found.fresh, due_uids(cursor_, now_, room)));
    for (const auto uid : found.fresh) cursor_.last = std::max(cursor_.last, uid);
    CHELA_TRY(tell_mails());
    return finish(std::string(are_too_many ? "the mailbox was rebuilt; "
                                           : "the server numbered its mails anew; ") +
                  counts_.summary());
  }

  void take(const Fetched& fetched) {
    Told told{read_mail(fetched, settings_.policy, now_), {}};
    told.outcome = judge_mail(told.mail, settings_, now_);
    counts_.add(told.outcome.kind);
    const auto hash = mail_hash(told.mail.header);
    if (!cursor_.has_seen(hash)) cursor_.remember(hash);
    if (told.outcome.kind == Kind::waits &&
        !cursor_.wait_for({told.mail.uid, told.outcome.due, told.mail.arrived, hash})) {
      // Nothing is lost silently: it is told now rather than never.
      told.outcome.kind = Kind::rule;
    }
    told_.push_back(std::move(told));
  }

  Result<void> tell_mails() {
    CHELA_TRY(fetch_bodies());
    std::size_t flagged = 0;
    for (const auto& told : told_) {
      const bool is_flagged =
          told.outcome.kind == Kind::forged || told.outcome.kind == Kind::command;
      if (is_flagged && ++flagged > kMostFlagged) continue;
      const auto finding =
          describe_mail(told.mail, told.outcome, settings_, cursor_.uid_validity, now_);
      if (finding) add(*finding);
    }
    if (flagged > kMostFlagged) add(more_flagged(flagged - kMostFlagged, place()));
    if (counts_.unreadable > 0) add(unreadable_mails(counts_.unreadable, place()));
    return {};
  }

  std::string mailbox_place() const {
    return settings_.mark() + ":" + std::to_string(cursor_.uid_validity);
  }
  // Where this run ended: no other one has the same.
  std::string place() const { return mailbox_place() + ":" + std::to_string(cursor_.last); }

  void add(const chela::Finding& finding) {
    report_.add(finding);
    const auto severity = chela::get_string(finding.value(), "severity");
    if (severity == "crit" || (severity == "warn" && worst_ == "ok")) worst_ = severity;
    report_.set_status(worst_);
  }

  Result<void> fetch_bodies();

  Result<Report> finish(const std::string& summary) {
    const bool nobody_can_tell =
        settings_.policy.authserv_ids.empty() && !settings_.policy.authorised.empty();
    if (nobody_can_tell) add(no_authserv_id());
    report_.set_summary(summary);
    report_.set_cursor(write_cursor(cursor_, settings_.identity()));
    return std::move(report_);
  }

  struct Told {
    Mail mail;
    Outcome outcome;
  };
  Session& session_;
  const Settings& settings_;
  std::string mailbox_;
  Cursor cursor_;
  chela::Timestamp now_;
  Report report_ = Report::ok();
  Counts counts_{};
  std::vector<Told> told_{};
  std::string worst_ = "ok";
};

Result<void> Round::fetch_bodies() {
  if (!settings_.shows_snippet) return {};
  Uids uids;
  for (const auto& told : told_) {
    if (told.outcome.kind != Kind::nothing && told.outcome.kind != Kind::waits)
      uids.push_back(told.mail.uid);
  }
  CHELA_TRY(const FetchedMails bodies, fetch_texts(session_, uids));
  for (auto& told : told_) {
    const auto body = bodies.mails.find(told.mail.uid);
    if (body != bodies.mails.end() && body->second.text)
      told.mail.body = body_words(told.mail.header, *body->second.text);
  }
  return {};
}

}  // namespace

Result<Report> look_at_mailbox(Session& session, const Settings& settings,
                               const chela::json::value& cursor, chela::Timestamp now) {
  return Round(session, settings, read_cursor(cursor, settings.identity()), now).run();
}

Result<Report> learn_from_mailbox(Session& session, const Settings& settings) {
  CHELA_TRY(const MailboxState state, examine(session, mailbox_name(settings.mailbox)));
  std::vector<std::vector<Field>> headers;
  if (state.messages == 0) return learn(headers);
  const auto first = state.messages > kLearnFrom ? state.messages - kLearnFrom + 1 : 1;
  CHELA_TRY(const auto mails, fetch_results(session, first, state.messages));
  for (const auto& mail : mails) {
    if (headers.size() < kLearnFrom) headers.push_back(parse_header(*mail.header));
  }
  return learn(headers);
}

Result<Report> brief_of_mailbox(Session& session, const Settings& settings, chela::Timestamp now) {
  CHELA_TRY(const MailboxState state, examine(session, mailbox_name(settings.mailbox)));
  BriefMails found;
  if (state.messages == 0) return brief(found, settings, now);
  found.uid_validity = state.uid_validity;
  found.are_all = state.messages <= kBriefOf;
  const auto first = found.are_all ? 1 : state.messages - kBriefOf + 1;
  CHELA_TRY(const auto fetched, fetch_newest(session, first, state.messages));
  for (const auto& one : fetched) {
    if (found.mails.size() < kBriefOf) found.mails.push_back(read_mail(one, settings.policy, now));
  }
  return brief(found, settings, now);
}

}  // namespace check_email
