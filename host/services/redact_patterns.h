// The shapes that are secrets wherever they turn up, as data.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace chela::services {

// In which texts a pattern is used.
enum class PatternScope {
  exact_shape,  // everywhere: only a key looks like that
  assigned,     // where people read: `password=...` and its like; too loose for what a model reads
  personal,     // only at RedactLevel::all: names of vaults, addresses, accounts
};

// What must hold around a keyword for the pattern to be tried. Only saves time.
enum class Hint : std::uint8_t {
  anywhere,
  word_start,   // no letter, digit or `_` before it
  assignment,   // `:` or `=` follows, quotes and blanks aside
  credentials,  // an `@` follows before the next `/`, blank or quote
  flag,         // `--` stands in the 32 bytes before it
};

// What more of the value goes when it is longer than one window of text.
enum class Tail {
  word,   // to the next blank, quote or separator
  line,   // to the next quote or the end of the line
  block,  // to `-----END`
};

struct PatternRow {
  std::string_view kind;  // shown in the mark; "" where the words before the secret say it
  // RE2 syntax, bytes. The secret is the last group that took part, or all of the match.
  std::string_view regex;
  // Separated by blanks, 3 to 26 bytes each, without regard to case: one of them is in every match.
  // `[abc]`, `[0-9]` and `[0-9a-f]` stand for one byte of these. "": the pattern is always tried.
  std::string_view keywords;
  Hint hint = Hint::word_start;
  PatternScope scope = PatternScope::exact_shape;
  bool (*is_secret)(std::string_view) =
      nullptr;  // the last word, where the regex alone is too wide
  Tail tail = Tail::word;
};

// Ordered: where matches overlap, the earlier row names the kind.
const std::vector<PatternRow>& pattern_table();

}  // namespace chela::services
