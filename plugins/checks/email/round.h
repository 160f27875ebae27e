// One look at a mailbox over an open session: what is asked, in which order.
#pragma once

#include "chela/report.h"
#include "cursor.h"
#include "session.h"
#include "settings.h"

namespace check_email {

// STATUS first; where nothing is new that is all. Else EXAMINE, UID SEARCH, one UID FETCH, and one
// more for the beginnings of bodies where they are wanted. The report carries the new cursor; the
// first look at a mailbox only notes where it stands.
Result<chela::Report> look_at_mailbox(Session& session, const Settings& settings,
                                      const chela::json::value& cursor, chela::Timestamp now);

// What `chela check learn` asks for: the newest mails, whatever was seen before; no cursor.
Result<chela::Report> learn_from_mailbox(Session& session, const Settings& settings);

// What the daily brief asks for: the newest mails, whatever was seen before; no cursor.
Result<chela::Report> brief_of_mailbox(Session& session, const Settings& settings,
                                       chela::Timestamp now);

}  // namespace check_email
