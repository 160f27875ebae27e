// How mails are told to people.
#pragma once

#include <optional>
#include <string>

#include "chela/report.h"
#include "mail.h"

namespace check_email {

// The finding about one mail; none for mail that nobody wants to know of. Title and detail are safe
// to show and marked as words of others.
std::optional<chela::Finding> describe_mail(const Mail& mail, const Outcome& outcome,
                                            const Settings& settings, std::uint32_t uid_validity,
                                            chela::Timestamp now);

// What one run counted.
struct Counts {
  std::size_t authorised = 0, by_rule = 0, flagged = 0, others = 0;
  std::size_t waiting = 0;     // of the others: until a rule's time has come
  std::size_t unreadable = 0;  // the server's answer about them was broken
  std::size_t rest = 0;        // looked at in the next run
  void add(Kind kind);
  // "5 new mails: 1 authorised, 2 by rules, 2 others; 10 more in the next run"
  std::string summary() const;
};

// Many that pretend are not told one by one; `place` keeps the keys of runs apart.
chela::Finding more_flagged(std::size_t mails, const std::string& place);
chela::Finding unreadable_mails(std::size_t mails, const std::string& place);
// After the server numbered its mails anew: that many look new, or were not found again.
chela::Finding rebuilt_mailbox(std::size_t mails, const std::string& place);
chela::Finding lost_mails(std::size_t mails, const std::string& place);

// Holds while authorised senders are named and nobody is named who can prove them.
chela::Finding no_authserv_id();

}  // namespace check_email
