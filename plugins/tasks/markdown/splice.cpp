#include "splice.h"

#include <algorithm>
#include <cassert>

namespace chela::markdown {

void sort_splices(std::vector<Splice>& splices) {
  std::stable_sort(splices.begin(), splices.end(), [](const Splice& a, const Splice& b) {
    if (a.offset != b.offset) return a.offset < b.offset;
    return a.length == 0 && b.length != 0;
  });
}

std::string apply_splices(std::string_view bytes, const std::vector<Splice>& splices) {
  std::string result;
  std::size_t at = 0;
  for (const auto& splice : splices) {
    assert(splice.offset >= at && splice.offset + splice.length <= bytes.size());
    result += bytes.substr(at, splice.offset - at);
    result += splice.replacement;
    at = splice.offset + splice.length;
  }
  return result += bytes.substr(at);
}

}  // namespace chela::markdown
