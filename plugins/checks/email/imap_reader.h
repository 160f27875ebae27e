// Cuts the bytes of an IMAP server into responses. Literals are told from lines by their counts and
// never by what they hold, so that no mail can end a response, however the bytes are cut.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chela/result.h"

namespace check_email {

using chela::Result;

// One response: text, literal, text, literal, ..., text. The pieces with odd numbers are literals,
// byte by byte as they came; texts are without line ends and without the counts of literals.
struct Response {
  std::vector<std::string> pieces;
  const std::string& text() const { return pieces.front(); }
};

struct ReaderLimits {
  std::size_t line_bytes = 1u << 20;      // all texts of one response together
  std::size_t literal_bytes = 8u << 20;   // one literal
  std::size_t literals = 1000;            // in one response
  std::uint64_t total_bytes = 64u << 20;  // all that comes in one conversation
};

class ImapReader {
 public:
  explicit ImapReader(const ReaderLimits& limits = {}) : limits_(limits) {}

  // Takes bytes as they came. resource_exhausted where one of the limits is reached, a literal's
  // before its first byte; from then on nothing is taken any more.
  Result<void> feed(std::string_view bytes);

  // The oldest whole response, taken out.
  std::optional<Response> next();

 private:
  Result<void> take_line(std::string_view& bytes);
  Result<void> end_line();
  void take_literal(std::string_view& bytes);
  Result<void> refuse(const std::string& what);

  ReaderLimits limits_;
  std::deque<Response> whole_;
  Response current_{{""}};
  std::size_t line_bytes_ = 0;  // of `current_`
  std::uint64_t total_bytes_ = 0;
  std::optional<std::uint64_t> literal_left_{};  // inside a literal: what is missing
  std::optional<chela::Error> broken_{};
};

}  // namespace check_email
