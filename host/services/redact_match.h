// Runs patterns over one line with RE2: which of them match, and where.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "chela/result.h"
#include "services/redact_keywords.h"

namespace chela::services {

// A match and the secret within it, as offsets into the line.
struct Match {
  std::size_t begin = 0;
  std::size_t secret = 0;
  std::size_t end = 0;  // of the secret
  std::size_t row = 0;  // of the list that found it
};

// Expressions that are compiled when they are first needed, each for itself; where many are asked
// for at once, one RE2::Set says first which of them match. Linear in the line, whatever it holds.
// A search that runs out of its memory (8 MiB) goes on more slowly: it never misses. [any-thread]
class PatternList {
 public:
  // As many as 128, valid ones (see custom_pattern).
  explicit PatternList(std::vector<std::string> expressions);
  ~PatternList();
  PatternList(PatternList&&) noexcept;

  std::size_t size() const;
  // What the patterns of `asked` find in `line` at `from` or later; `from` > 0 only where the line
  // goes on there, so that `^` does not match. Unordered, may overlap.
  void find(std::string_view line, std::size_t from, const PatternBits& asked,
            std::vector<Match>& found) const;
  // How many expressions have been compiled so far; the Set counts as one.
  std::size_t compiled() const;

 private:
  struct Compiled;
  std::unique_ptr<Compiled> compiled_;
};

// The expression of one entry of `logging.redactPatterns`, as OpenClaw reads it: `text` as it is,
// without regard to case, or `/expression/flags` with flags out of i, m, s, g, u, y (the last three
// change nothing here). It sees one line at a time. Fails with invalid_argument, naming `where`,
// when it is longer than 1 kB, could match nothing at all, or is not RE2's syntax (which has no
// look-around and no back-references).
Result<std::string> custom_pattern(std::string_view text, std::string_view where);

}  // namespace chela::services
