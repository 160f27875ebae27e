// What stands in a text where a secret was: `[redacted]`, or `[redacted:NAME]`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chela::services {

struct MarkStyle {
  std::string_view open = "[";
  std::string_view word = "redacted";
  std::string_view close = "]";

  // Of a name only letters, digits and `._-` are shown, at most 40; "" gives the plain mark.
  std::string mark(std::string_view name = {}) const;
  // Whether `text` begins with a mark.
  bool begins(std::string_view text) const;
  // Whether the front of a mark could become the end of `literal`, or a mark stand within it.
  bool could_end(std::string_view literal) const;
};

// Styles in the order of preference: the next one is taken where a secret would grow out of a mark
// and its neighbours.
const std::vector<MarkStyle>& mark_styles();

}  // namespace chela::services
