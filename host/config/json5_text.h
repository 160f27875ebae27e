// The characters of a JSON5 text: where we are, what is next, and what stands between tokens.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "chela/result.h"

namespace chela::config {

class Json5Text {
 public:
  Json5Text(std::string_view text, const std::string& file) : text_(text), file_(file) {}

  bool is_at_end() const { return at_ >= text_.size(); }
  // The byte `ahead` of here, 0 past the end (NUL itself is refused before reading starts).
  char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }
  std::string_view rest() const { return text_.substr(at_); }
  std::size_t offset() const { return at_; }
  std::string_view since(std::size_t offset) const { return text_.substr(offset, at_ - offset); }
  void skip(std::size_t bytes) { at_ += bytes; }
  bool take(std::string_view token);

  // White space and comments; fails where a block comment does not end.
  Result<void> skip_blanks();

  // Bytes of the line end here (LF, CR LF, CR, U+2028, U+2029), 0 where there is none.
  std::size_t line_end() const;

  // Exactly `digits` hex digits.
  Result<std::uint32_t> hex(int digits);

  // "file:line:column: what; wanted ..; found <what is here>".
  tl::unexpected<Error> refuse(const std::string& what, const std::string& wanted) const;
  tl::unexpected<Error> refuse(const std::string& what, const std::string& wanted,
                               const std::string& found, std::size_t offset) const;

 private:
  std::size_t blank() const;

  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0;
};

// `code_point` in UTF-8.
std::string to_utf8(std::uint32_t code_point);

}  // namespace chela::config
