// Output of Nagios plugins and thresholds: whatever a program prints becomes text and numbers.
#include "../../plugins/checks/exec/nagios_output.h"
#include "../../plugins/checks/exec/range.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace chela;
  const std::string_view out = fuzz::text_of(data, size);
  const auto read = check_exec::parse_nagios_output(out);
  fuzz::require(read.text.find('\n') == std::string::npos, "the text is one line", read.text);
  fuzz::require(read.text.size() + read.long_text.size() <= size, "texts come from the output");
  fuzz::require(read.perf.size() <= check_exec::kMaxPerf, "values are capped");
  fuzz::require(read.unreadable >= 0 && static_cast<std::size_t>(read.unreadable) <= size,
                "unreadable pieces are counted once");
  std::size_t bytes = 0;
  for (const auto& perf : read.perf) {
    fuzz::require(std::isfinite(perf.value), "values are numbers", perf.label);
    fuzz::require(!perf.label.empty(), "values have a label");
    for (const auto& threshold : {perf.warn, perf.crit}) {
      const auto range = check_exec::parse_range(threshold);
      if (!range) continue;
      fuzz::require(range->from <= range->to, "a range is one", threshold);
      // A value and its neighbour across the edge are told apart.
      if (std::isfinite(range->to) && std::isfinite(std::nextafter(range->to, HUGE_VAL))) {
        fuzz::require(check_exec::is_fine(*range, range->to) !=
                          check_exec::is_fine(*range, std::nextafter(range->to, HUGE_VAL)),
                      "a range ends at its end", threshold);
      }
    }
    bytes += perf.label.size() + perf.unit.size() + perf.warn.size() + perf.crit.size();
  }
  fuzz::require(bytes <= size, "no more comes out than went in");
  return 0;
}
