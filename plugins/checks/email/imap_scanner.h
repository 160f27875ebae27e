// Walks through one response of an IMAP server, over its texts and literals.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "imap_reader.h"

namespace check_email {

// Lives no longer than its response. A question that finds something else answers false or nullopt
// and may have moved on: what is asked next is a matter of the caller, who gives up.
class Scanner {
 public:
  explicit Scanner(const Response& response) : response_(response) {}

  bool is_at_end() const;
  void skip_blanks();
  // Takes `c` where it is next.
  bool take(char c);
  // What lies before the next blank, parenthesis or quotation mark; in upper case, may be "".
  std::string word();
  // The name of an item of FETCH in upper case, with its section: BODY[HEADER.FIELDS (FROM)]<0>
  std::string item_name();
  // A quoted string, a literal, or a word; NIL is "".
  std::optional<std::string> string();
  std::optional<std::uint64_t> number();
  // One value of any kind: a word, a string, a list in parentheses.
  bool skip_value();

 private:
  std::string_view rest() const;
  bool is_at_literal() const;
  std::optional<std::string> quoted();

  const Response& response_;
  std::size_t piece_ = 0;  // of a text; a literal is taken when the text before it is used up
  std::size_t at_ = 0;
};

}  // namespace check_email
