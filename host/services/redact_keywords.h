// Says in one fast pass which patterns a line may hold, by the words that must stand in a match.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string_view>
#include <vector>

#include "services/redact_patterns.h"

namespace chela::services {

inline constexpr std::size_t kMaxPatterns = 128;
// Which rows of the pattern table.
using PatternBits = std::bitset<kMaxPatterns>;

// Immutable; costs some 20 microseconds to build. [any-thread]
class KeywordIndex {
 public:
  explicit KeywordIndex(const std::vector<PatternRow>& table);

  // The rows one of whose keywords stands in `line` at `from` or later, and those without keywords,
  // as far as `wanted` has them. What is before `from` is looked at by hints only.
  PatternBits candidates(std::string_view line, std::size_t from, const PatternBits& wanted) const;

 private:
  struct Entry {
    std::array<char, 26> word{};  // folded: see fold() in the source
    std::uint8_t size = 0;
    Hint hint = Hint::anywhere;
    std::uint16_t row = 0;
    std::uint16_t next = 0;  // with the same hash; index + 1
  };

  void add(std::string_view rest, Entry entry);
  void look(std::string_view line, std::size_t at, std::uint32_t hash, PatternBits& found) const;

  std::array<std::uint8_t, 1u << 14> known_{};  // 1 at the hashes of the words' first three bytes
  std::array<std::uint16_t, 1024> first_{};     // by the hash's top bits; index + 1
  std::vector<Entry> entries_;
  PatternBits always_;
};

}  // namespace chela::services
