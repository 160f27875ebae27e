// How far an account has fallen, from the start of the day and from its highest mark. Pure.
#pragma once

#include <chela/config.h>
#include <chela/json.h>

#include <optional>
#include <string>

#include "decimal.h"
#include "sheet.h"

namespace trading {

using money::BasisPoints;
using money::Decimal;

// From which share on a fall is told; 0 = never.
struct FallLimits {
  BasisPoints warn{};
  BasisPoints crit{};
};

// A percentage among the settings. invalid_argument names it.
chela::Result<BasisPoints> read_percent_setting(const chela::Config& config, const char* name);
// Both percentages of a fall; the second, where there is one, must not be below the first.
chela::Result<FallLimits> read_fall_limits(const chela::Config& config, const char* warn_name,
                                           const char* crit_name);

// How bad a fall from `reference` to `value` is; none where it rose.
Severity judge_fall(Decimal value, Decimal reference, const FallLimits& limits);

// The highest worth so far. Money that was paid in or out moves the mark with it, so that a
// withdrawal is no loss and a deposit no gain.
struct Peak {
  Decimal mark{};
  Decimal transfers{};   // of `day`, as far as they are in the mark already
  std::int64_t day = 0;  // in New York
};

// `worth` as it is now, `transfers` the day's sum of what was paid in (out: negative) so far.
// nullopt where the sums go beyond all bounds.
std::optional<Peak> follow_peak(const std::optional<Peak>& before, Decimal worth, Decimal transfers,
                                std::int64_t day);

json::object to_json(const Peak& peak);
std::optional<Peak> parse_peak(const json::value* value);

// Adds a line where it is told. `since` ends the title: "since yesterday's close".
void tell_fall(Sheet& sheet, const std::string& key, Decimal value, Decimal reference,
               const FallLimits& limits, const std::string& since);

}  // namespace trading
