// A Nagios threshold: the range in which a value is fine. Pure.
// Source: Monitoring Plugins Development Guidelines, "Threshold and Ranges".
//   10 = 0 to 10    10: = from 10 on    ~:10 = up to 10    10:20 = both    @10:20 = not in there
#pragma once

#include <limits>
#include <string_view>

#include "chela/result.h"

namespace check_exec {

struct Range {
  double from = 0;
  double to = std::numeric_limits<double>::infinity();
  bool is_inside_bad = false;  // written with @
};

// invalid_argument names the text and what is wanted.
chela::Result<Range> parse_range(std::string_view text);

bool is_fine(const Range& range, double value);

}  // namespace check_exec
