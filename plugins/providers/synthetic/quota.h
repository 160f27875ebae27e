// What is left of a plan at Synthetic.
#pragma once

#include <vector>

#include "chela/provider.h"

namespace synthetic {

// {"subscription":{"limit":135,"requests":12,"renewsAt":".."},
//  "weeklyTokenLimit":{"percentRemaining":90,"maxCredits":"$24.00","remainingCredits":"$21.60","nextRegenAt":".."},
//  "rollingFiveHourLimit":{"max":500,"remaining":480,"nextTickAt":".."},
//  "search":{"hourly":{"limit":250,"requests":0,"renewsAt":".."}},"freeToolCalls":{..}}
// The shape changed before: every member may be missing, and a window of which nothing is told is
// left out. Windows refill step by step; `resets_at` is the next step.
std::vector<chela::QuotaWindow> read_quota(const chela::json::value& document);

}  // namespace synthetic
