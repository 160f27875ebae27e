// An RRULE as a value (RFC 5545, 3.3.10).
#pragma once

#include <chela/result.h>

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "civil.h"

namespace check_calendar {

using chela::ErrorCode;
using chela::fail;
using chela::Result;

enum class Frequency { yearly, monthly, weekly, daily, hourly, minutely, secondly };

struct RuleDay {
  int ordinal = 0;  // 0 = each; 2 = the second, -1 = the last of its month or year
  int weekday = 0;  // 0 = Monday
  friend bool operator==(const RuleDay&, const RuleDay&) = default;
};

struct Until {
  enum class Form { date, local, utc };
  Form form = Form::local;
  std::int64_t value = 0;  // Day, Local or Instant
};

struct Rule {
  Frequency frequency = Frequency::yearly;
  std::int64_t interval = 1;
  std::optional<std::int64_t> count{};
  std::optional<Until> until{};
  std::vector<int> months{};        // 1..12
  std::vector<int> week_numbers{};  // -53..53
  std::vector<int> year_days{};     // -366..366
  std::vector<int> month_days{};    // -31..31
  std::vector<RuleDay> days{};
  std::vector<int> hours{};
  std::vector<int> minutes{};
  std::vector<int> seconds{};
  std::vector<int> positions{};  // BYSETPOS
  int week_start = 0;            // 0 = Monday
};

// "FREQ=MONTHLY;BYDAY=-1FR". Lists come out sorted, without doubles. invalid_argument names the
// part that is wrong; unimplemented where the rule counts in another calendar (RSCALE, RFC 7529).
Result<Rule> parse_rule(std::string_view text);

}  // namespace check_calendar
