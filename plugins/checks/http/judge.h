// What an answer, or none, says about a target. Pure.
#pragma once

#include <chela/http.h>
#include <chela/report.h>

#include <vector>

#include "targets.h"

namespace check_http {

// Conditions: "target:<name>" (down, another status, another text: one trouble is one finding),
// "slow:<name>", "certificate:<name>".
std::vector<chela::Finding> judge(const Target& target,
                                  const chela::Result<chela::FetchReply>& outcome,
                                  chela::Timestamp now, std::int64_t certificate_crit_days);

// Whether nobody answered at all, so that the fault may be on this side. Who refuses a connection
// has answered.
bool is_unreachable(const chela::Result<chela::FetchReply>& outcome);

// Whether it could not even be asked: a grant or a setting is missing.
bool is_unasked(const chela::Result<chela::FetchReply>& outcome);

}  // namespace check_http
