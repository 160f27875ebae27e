// What is left of a Kimi For Coding membership.
#pragma once

#include <vector>

#include "chela/provider.h"

namespace kimi_coding {

// {"usage":{"limit":"2048","used":"214","remaining":"1834"},
//  "limits":[{"window":{"duration":300,"timeUnit":"TIME_UNIT_MINUTE"},"detail":{"limit":200,..}}]}
// `usage` is the week; numbers may be texts. A window of which nothing is told is left out.
std::vector<chela::QuotaWindow> read_quota(const chela::json::value& document);

}  // namespace kimi_coding
