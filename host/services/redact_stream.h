// Takes secrets out of text that comes in pieces, wherever the pieces are cut.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "services/redact_rules.h"

namespace chela::services {

// Known values. Holds back what may be the front of a secret: as many bytes as the automaton is
// deep, never more than the longest encoding. [one-thread]
class ValuePass {
 public:
  // `values` must outlive it.
  explicit ValuePass(const SecretValues& values) : values_(values) {}
  // What is safe to pass on is added to `out`.
  void put(std::string_view chunk, std::string& out);
  void finish(std::string& out);

 private:
  // Where secrets were found that overlap; in bytes since the beginning.
  struct Stretch {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    std::size_t longest = 0;  // of the secrets in it; that one names it
    std::uint32_t which = 0;
  };

  void note(const SecretValues::Found& found);
  void emit(std::string_view text, std::uint64_t end, std::string& out);

  const SecretValues& values_;
  SecretValues::State state_ = 0;
  std::string held_;
  std::uint64_t base_ = 0;  // where held_ begins
  std::vector<SecretValues::Found> found_;
  std::vector<Stretch> open_;  // not passed on yet; in order, apart from each other
};

// Patterns, line by line. Holds back the last line that has no end yet, at most 8 KiB: longer lines
// are read through windows that overlap by 1 KiB, so a shape is seen whole when the part by which
// it is known is not longer than that. [one-thread]
class LinePass {
 public:
  // `rules` must outlive it.
  LinePass(const RedactRules& rules, Reader reader) : rules_(rules), reader_(reader) {}
  void put(std::string_view chunk, std::string& out);
  void finish(std::string& out);

 private:
  // A secret in the window, with what stands before it.
  struct Span {
    std::size_t begin = 0;
    std::size_t secret = 0;
    std::size_t end = 0;
    std::size_t rank = 0;  // the lower one names it
    std::string_view kind;
    Tail tail = Tail::word;
  };
  enum class Inside { nothing, value, block };

  void put_in_place(std::string_view chunk, std::string& out);
  std::size_t eat(std::string_view text, std::size_t from, bool is_whole, std::string& out);
  bool skip_secret(std::string_view text, bool is_whole, std::size_t& from);
  void find_spans(std::string_view text, std::size_t from, bool is_whole);

  const RedactRules& rules_;
  Reader reader_;
  std::string held_;                 // begins with the byte before it where a line goes on
  std::size_t before_ = 0;           // bytes of held_ that were passed on already: 0 or 1
  Inside inside_ = Inside::nothing;  // a secret that did not end with the window
  Tail tail_ = Tail::word;
  std::size_t block_bytes_ = 0;
  std::vector<RedactRules::Hit> hits_;
  std::vector<Span> spans_;
};

// Both, one after the other: what put() and finish() return, put together, is what
// RedactRules::redact makes of the whole text. [one-thread]
class RedactStream {
 public:
  // shared_ptr: the rules of the stream's beginning stay until its end.
  explicit RedactStream(std::shared_ptr<const RedactRules> rules, Reader reader = Reader::person);
  // The next safe bytes; may be "".
  std::string put(std::string_view chunk);
  std::string finish();

 private:
  std::string pass_on(std::string known, bool is_last);

  std::shared_ptr<const RedactRules> rules_;
  ValuePass values_;
  LinePass lines_;
};

}  // namespace chela::services
