// A change of a file as byte splices on the original buffer; what they do not name stays as it is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace chela::markdown {

struct Splice {
  std::size_t offset = 0;  // in the original bytes
  std::size_t length = 0;  // how many of them go
  std::string replacement;
};

// Sorted by offset; those at one offset keep their order, insertions before deletions.
void sort_splices(std::vector<Splice>& splices);

// `splices` are sorted and do not overlap.
std::string apply_splices(std::string_view bytes, const std::vector<Splice>& splices);

}  // namespace chela::markdown
