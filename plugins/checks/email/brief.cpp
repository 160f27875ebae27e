#include "brief.h"

#include <algorithm>
#include <string>

#include "chela/untrusted.h"

namespace check_email {
namespace {

using chela::untrusted_text;

// "Ana: Invoice 12". The name is shown of proven senders only: anybody can write any.
std::string title_of(const Mail& mail) {
  const Address& from = mail.sender.from.front();
  std::string name = untrusted_text(from.name, 40);
  if (name.empty()) name = untrusted_text(from.spec(), 80);
  const std::string subject = untrusted_text(mail.subject, 100);
  return name + ": " + (subject.empty() ? "(no subject)" : subject);
}

std::string summary_of(std::size_t unread, std::size_t trusted, bool may_be_more,
                       const Settings& settings) {
  std::string text = unread == 0 ? "nothing unread" : std::to_string(unread) + " unread";
  if (trusted > 0) text += ", " + std::to_string(trusted) + " of them from people you trust";
  text +=
      may_be_more ? ", of the newest " + std::to_string(kBriefOf) + " mails" : ", of the last 24 h";
  if (settings.policy.authserv_ids.empty() && !settings.policy.authorised.empty())
    text += "; nobody can be proven: set authserv_id";
  return text;
}

}  // namespace

chela::Report brief(const BriefMails& found, const Settings& settings, chela::Timestamp now) {
  std::vector<const Mail*> trusted;
  std::size_t unread = 0, unread_trusted = 0, fresh = 0;
  for (const auto& mail : found.mails) {
    if (mail.arrived < now - kBriefSpan) continue;
    ++fresh;
    const bool is_trusted = mail.sender.is_authorised() && (!mail.is_bulk || settings.tells_bulk);
    if (is_trusted) trusted.push_back(&mail);
    if (mail.is_seen) continue;
    ++unread;
    unread_trusted += is_trusted ? 1 : 0;
  }
  std::stable_sort(trusted.begin(), trusted.end(), [](const Mail* a, const Mail* b) {
    return std::pair(a->arrived, a->uid) > std::pair(b->arrived, b->uid);
  });
  if (trusted.size() > kBriefShown) trusted.resize(kBriefShown);
  const bool may_be_more = !found.are_all && fresh == found.mails.size();
  auto report = chela::Report::ok(summary_of(unread, unread_trusted, may_be_more, settings));
  for (const auto* mail : trusted) {
    const std::string key = settings.key_of(found.uid_validity, mail->uid);
    report.add(chela::event(key, title_of(*mail)).info().untrusted());
  }
  return report;
}

}  // namespace check_email
