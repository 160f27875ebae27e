#include "pressure.h"

#include <charconv>

namespace check_system {

chela::Result<double> parse_pressure(std::string_view text) {
  constexpr std::string_view kName = " avg300=";
  const auto line = text.substr(0, text.find('\n'));  // the kernel writes "some" first
  const auto at = line.find(kName);
  double value = -1;
  if (line.starts_with("some ") && at != std::string_view::npos) {
    const auto figure = line.substr(at + kName.size());
    const char* end = figure.data() + figure.size();
    const auto parsed = std::from_chars(figure.data(), end, value, std::chars_format::fixed);
    const bool is_whole = parsed.ec == std::errc() && (parsed.ptr == end || *parsed.ptr == ' ');
    if (is_whole && value >= 0 && value <= 100) return value;
  }
  return chela::fail(chela::ErrorCode::data_loss,
                     "wanted a first line such as \"some avg10=0.00 "
                     "avg60=0.00 avg300=0.00 total=0\"");
}

}  // namespace check_system
