// What a Nagios plugin printed: text, long text and performance data. Pure.
// Source: Monitoring Plugins Development Guidelines, "Plugin Output" and "Performance data".
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace check_exec {

inline constexpr std::size_t kMaxPerf = 500;

// 'label'=value[UOM];[warn];[crit];[min];[max]
struct Perf {
  std::string label;
  double value = 0;
  std::string unit;  // "s" "ms" "us" "%" "B" "KB" "MB" "GB" "TB" "c" or whatever else stood there
  std::string warn;  // a range as written, or ""
  std::string crit;
  std::optional<double> min;
  std::optional<double> max;
};

struct NagiosOutput {
  std::string text;       // the first line, before `|`
  std::string long_text;  // the further lines, up to the one with `|`
  std::vector<Perf> perf;
  int unreadable = 0;  // pieces of performance data that are none; `U` (unknown) is not counted
};

// Reads any bytes; what is not there is empty. At most kMaxPerf values are kept.
NagiosOutput parse_nagios_output(std::string_view out);

}  // namespace check_exec
