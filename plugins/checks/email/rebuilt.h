// Recognises the mails of a mailbox whose server numbered them anew.
#pragma once

#include "commands.h"
#include "cursor.h"
#include "questions.h"

namespace check_email {

struct FoundAgain {
  Uids fresh;                      // came since the last run and were not looked at before
  std::vector<Waiting> waiting{};  // those of the cursor, with their new numbers
  std::size_t unknown = 0;         // of the last day, not looked at: there were too many
  std::size_t lost = 0;            // of the waiting, not found because there were too many
  std::size_t broken = 0;          // answers that could not be read
};

// What came since is told by its time and by what `cursor` remembers of the mails. Of those that
// wait, the ones that are gone or read are no longer among them. 5,000 mails at most are asked for.
Result<FoundAgain> find_again(Session& session, const Cursor& cursor, Wanted wanted,
                              chela::Timestamp now);

}  // namespace check_email
