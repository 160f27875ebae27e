// What OpenRouter says about the money of a key or of an account.
#pragma once

#include "chela/provider.h"

namespace chela::openrouter {

// GET /key:     {"data":{"limit":10,"limit_remaining":7.5,"limit_reset":"daily","usage":30,
//                        "usage_daily":2.5,"usage_weekly":9,"usage_monthly":30}}
//   A key with a limit is one window of that limit ("day", "week", "month", or "credit" where it
//   does not come back); without one, what was used today, this week and this month.
// GET /credits: {"data":{"total_credits":50,"total_usage":12.5}}
//   One window "credit".
// Periods end at midnight UTC (weeks on Monday); they are counted from the reply's own date.
// data_loss where the reply is neither.
Result<std::vector<QuotaWindow>> read_quota(const WireReply& reply);

}  // namespace chela::openrouter
