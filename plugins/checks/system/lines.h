// Takes text apart line by line.
#pragma once

#include <algorithm>
#include <string_view>

namespace check_system {

// Takes the first line off `text`, which must not be empty; without its line end.
inline std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

}  // namespace check_system
