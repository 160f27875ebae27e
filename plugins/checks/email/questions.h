// The questions that are put to a mailbox, and their answers as values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "session.h"

namespace check_email {

using Uids = std::vector<std::uint32_t>;  // numbers of mails

// data_loss where the server does not tell UIDVALIDITY.
Result<MailboxState> ask_status(Session& session, const std::string& mailbox);
// Opens it read-only. What the server does not say stays 0.
Result<MailboxState> examine(Session& session, const std::string& mailbox);
// `command` is one of the searches of commands.h.
Result<Uids> search(Session& session, const std::string& command);

// What FETCH brought, by number; a mail's parts may come in several responses.
struct FetchedMails {
  std::map<std::uint32_t, Fetched> mails;
  std::size_t broken = 0;  // answers that could not be read
};
// Only mails that were asked for. data_loss where every answer is broken.
Result<FetchedMails> fetch_headers(Session& session, const Uids& uids);
Result<FetchedMails> fetch_texts(Session& session, const Uids& uids);
// The headers by which mails are recognised, alone.
Result<FetchedMails> fetch_names(Session& session, const Uids& uids);
// By place in the mailbox, 1 being the oldest; broken answers are left out.
Result<std::vector<Fetched>> fetch_results(Session& session, std::uint64_t first,
                                           std::uint64_t last);
// The same, with all by which a mail is judged.
Result<std::vector<Fetched>> fetch_newest(Session& session, std::uint64_t first,
                                          std::uint64_t last);

}  // namespace check_email
