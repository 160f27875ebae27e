// What one run of check.email leaves for the next.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "chela/duration.h"
#include "chela/json.h"
#include "imap_parse.h"

namespace check_email {

// A mail that a rule tells once it is old enough.
struct Waiting {
  std::uint32_t uid = 0;
  chela::Timestamp due{};
  // By these it is found again after the server numbered its mails anew.
  chela::Timestamp arrived{};
  std::string hash{};  // mail_hash()
};

struct Cursor {
  static constexpr std::size_t kMaxSeen = 2000;
  static constexpr std::size_t kMaxWaiting = 1000;

  bool is_known = false;  // there was a run before, over the same mailbox
  std::uint32_t uid_validity = 0;
  std::uint32_t last = 0;           // all mails up to this number are done with
  bool has_rest = false;            // there were more than one run takes
  chela::Timestamp done_until{};    // mails that came before are done with, whatever their number
  std::vector<std::string> seen{};  // mail_hash() of those that were looked at, newest last
  std::vector<Waiting> waiting{};

  void remember(const std::string& hash);
  bool has_seen(const std::string& hash) const;
  // false where there is no room any more.
  bool wait_for(const Waiting& mail);
};

// A cursor that is damaged or of another mailbox is none.
Cursor read_cursor(const chela::json::value& value, const std::string& identity);
chela::json::value write_cursor(const Cursor& cursor, const std::string& identity);

// Those that are due, at most `most`, the oldest first.
std::vector<std::uint32_t> due_uids(const Cursor& cursor, chela::Timestamp now, std::size_t most);

// Whether the mailbox is as the last run left it, so that nothing has to be asked.
bool is_unchanged(const Cursor& cursor, const MailboxState& state, chela::Timestamp now);

}  // namespace check_email
