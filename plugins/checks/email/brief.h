// What a mailbox has to say in the daily brief.
#pragma once

#include <vector>

#include "chela/report.h"
#include "mail.h"

namespace check_email {

inline constexpr std::size_t kBriefOf = 50;    // mails that are looked at
inline constexpr std::size_t kBriefShown = 8;  // of them
inline constexpr auto kBriefSpan = std::chrono::hours(24);

struct BriefMails {
  std::vector<Mail> mails;  // the newest of the mailbox
  std::uint32_t uid_validity = 0;
  bool are_all = true;  // there are no others
};

// Lists what authorised senders sent within kBriefSpan, the newest first, as info events, and
// counts what is unread of that time.
chela::Report brief(const BriefMails& found, const Settings& settings, chela::Timestamp now);

}  // namespace check_email
