#include "findings.h"

#include "chela/untrusted.h"

namespace check_email {
namespace {

using chela::untrusted_text;

std::string from_text(const Sender& sender) {
  if (sender.from.empty()) return "nobody";
  std::string text;
  for (std::size_t i = 0; i < sender.from.size() && i < 3; ++i)
    text += (i == 0 ? "" : ", ") + untrusted_text(sender.from[i].spec(), 80);
  if (sender.from.size() > 3) text += ", ...";
  return text;
}

std::string subject_text(const Mail& mail) {
  const std::string subject = untrusted_text(mail.subject, 100);
  return subject.empty() ? "(no subject)" : subject;
}

std::string title_of(const Mail& mail, const Outcome& outcome) {
  const std::string from = from_text(mail.sender), subject = subject_text(mail);
  const std::string why = untrusted_text(mail.sender.why, 100);
  const std::string standing = (mail.sender.is_proven ? "proven: " : "unverified: ") + why;
  switch (outcome.kind) {
    case Kind::authorised:
      return "mail from " + from + ": " + subject + " (authorised: " + why + ")";
    case Kind::forged:
      return "mail in the name of " + from + ": " + subject + " (" + standing + ")";
    case Kind::command:
      return "unauthorised command from " + from + ": " + subject + " (" + standing + ")";
    case Kind::rule: {
      const std::string rule = untrusted_text(outcome.rule->name, 40);
      if (mail.sender.is_authorised())
        return "mail from " + from + ": " + subject + " (authorised: " + why + "; " + rule + ")";
      return "mail from " + from + ": " + subject + " (" + rule + "; " + standing + ")";
    }
    default:
      return "mail from " + from + ": " + subject + " (" + standing + ")";
  }
}

std::string detail_of(const Mail& mail, const Outcome& outcome, chela::Timestamp now) {
  std::string detail;
  const auto line = [&](std::string_view name, std::string_view text, std::size_t most) {
    const std::string safe = untrusted_text(text, most);
    if (!safe.empty()) detail += std::string(name) + safe + "\n";
  };
  for (std::size_t i = 0; i < mail.sender.from.size() && i < 5; ++i) {
    const auto& from = mail.sender.from[i];
    line("From: ", from.name.empty() ? from.spec() : from.name + " <" + from.spec() + ">", 200);
  }
  line("Subject: ", mail.subject, 400);
  line("List: ", mail.list_id, 100);
  detail += "Arrived: " + chela::describe_duration(now - mail.arrived) + " before this look\n";
  for (const auto& warning : mail.sender.warnings) line("Mind: ", warning, 200);
  if (outcome.kind == Kind::forged) {
    detail +=
        "It claims an authorised address, and no mail server that is believed confirms it. Nothing "
        "was done because of it.\n";
  }
  if (outcome.kind == Kind::command) {
    detail +=
        "It asks for something as an authorised sender may, and is none. Nothing was done because "
        "of it.\n";
  }
  line("It begins: ", mail.body, 500);
  if (detail.ends_with('\n')) detail.pop_back();
  return detail;
}

std::string count(std::size_t number, const char* what) {
  return std::to_string(number) + " " + what;
}

}  // namespace

std::optional<chela::Finding> describe_mail(const Mail& mail, const Outcome& outcome,
                                            const Settings& settings, std::uint32_t uid_validity,
                                            chela::Timestamp now) {
  if (outcome.kind == Kind::nothing || outcome.kind == Kind::waits) return std::nullopt;
  chela::Finding finding =
      chela::event(settings.key_of(uid_validity, mail.uid), title_of(mail, outcome));
  finding.detail(detail_of(mail, outcome, now)).untrusted();
  auto severity = Severity::warn;  // of what is flagged
  if (outcome.kind == Kind::authorised) severity = settings.severity;
  if (outcome.kind == Kind::rule) severity = outcome.rule->severity.value_or(Severity::info);
  if (outcome.kind == Kind::claimed) severity = Severity::info;
  if (severity == Severity::info) finding.info();
  if (severity == Severity::crit) finding.crit();
  return finding;
}

void Counts::add(Kind kind) {
  if (kind == Kind::authorised) ++authorised;
  if (kind == Kind::rule) ++by_rule;
  if (kind == Kind::forged || kind == Kind::command) ++flagged;
  if (kind == Kind::nothing || kind == Kind::claimed || kind == Kind::waits) ++others;
  if (kind == Kind::waits) ++waiting;
}

std::string Counts::summary() const {
  const std::size_t all = authorised + by_rule + flagged + others;
  std::string text = all == 0 ? "no new mail" : all == 1 ? "1 new mail" : count(all, "new mails");
  if (all > 0) {
    text += ": ";
    std::string parts;
    const auto part = [&](std::size_t number, const char* what) {
      if (number > 0) parts += (parts.empty() ? "" : ", ") + count(number, what);
    };
    part(authorised, "authorised");
    part(by_rule, "by rules");
    part(flagged, "flagged");
    part(others, others == 1 ? "other" : "others");
    text += parts;
  }
  if (waiting > 0) text += "; " + count(waiting, "to be told if still unread later");
  if (rest > 0) text += "; " + count(rest, "more in the next run");
  if (unreadable > 0) text += "; " + count(unreadable, "could not be read");
  return text;
}

chela::Finding more_flagged(std::size_t mails, const std::string& place) {
  return chela::event("flagged:" + place, count(mails,
                                                "more of the new mails pretend to be from "
                                                "somebody else, or ask for something"));
}

chela::Finding unreadable_mails(std::size_t mails, const std::string& place) {
  return chela::event("unreadable:" + place,
                      count(mails,
                            "of the new mails could not be read: the mail server's answer "
                            "about them was broken"));
}

chela::Finding rebuilt_mailbox(std::size_t mails, const std::string& place) {
  return chela::event("rebuilt:" + place, "the mailbox was rebuilt; its " + std::to_string(mails) +
                                              " or more unread mails were not looked at")
      .detail(
          "The server numbers its mails anew, and most of them look new. Mail that comes from now "
          "on "
          "is told as before.");
}

chela::Finding lost_mails(std::size_t mails, const std::string& place) {
  return chela::event("lost:" + place, "the mailbox was rebuilt; up to " + std::to_string(mails) +
                                           " mails that rules wait for were not found again")
      .detail("The server numbers its mails anew, and more of them are unread than one run takes.");
}

chela::Finding no_authserv_id() {
  return chela::condition("no-authserv-id",
                          "no mail can be recognised as authorised: authserv_id is not set")
      .detail(
          "A From address alone proves nothing. `chela check learn ID` shows whose "
          "Authentication-Results your mails carry, and the line to add to the manifest.");
}

}  // namespace check_email
