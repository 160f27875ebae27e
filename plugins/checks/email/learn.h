// Which mail server vouches for the mails of a mailbox: what somebody needs to know to set
// authserv_id.
#pragma once

#include <vector>

#include "chela/report.h"
#include "header.h"

namespace check_email {

inline constexpr std::size_t kLearnFrom = 20;  // mails

// `headers` are those of the newest mails. The report has one finding with the key "learn": the ids
// seen with counts, and a line of YAML to take over where one of them stands on top often enough.
chela::Report learn(const std::vector<std::vector<Field>>& headers);

}  // namespace check_email
