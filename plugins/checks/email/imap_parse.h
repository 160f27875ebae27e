// What an IMAP server's responses say: status lines, counts of a mailbox, found numbers, parts of
// mails.
//
// Source: RFC 3501 and RFC 9051.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "chela/duration.h"
#include "imap_reader.h"

namespace check_email {

// "* OK [UIDNEXT 12] Predicted" and "c1 NO [NONEXISTENT] no such mailbox".
struct StatusLine {
  std::string tag;   // "*" or the command's
  std::string word;  // OK NO BAD BYE PREAUTH
  std::string code;  // "UIDNEXT 12", the name in upper case; "" where there is none
  std::string text;  // for people, foreign words
};
std::optional<StatusLine> parse_status_line(const Response& response);

// What STATUS says about a mailbox, and EXAMINE in pieces. 0: was not said.
struct MailboxState {
  std::uint32_t uid_validity = 0;
  std::uint32_t uid_next = 0;
  std::uint64_t messages = 0;
  std::uint64_t unseen = 0;
};
std::optional<MailboxState> parse_status(const Response& response);
// Takes over what a response to EXAMINE says: [UIDVALIDITY n], [UIDNEXT n], n EXISTS.
void take_examine(const Response& response, MailboxState& state);

// "* SEARCH 3 4": the numbers in it. nullopt where it is something else; a word that is no number
// makes it something else too.
std::optional<std::vector<std::uint32_t>> parse_search(const Response& response);

// One mail's parts, as far as the response has them.
struct Fetched {
  std::uint32_t uid = 0;  // 0: was not said, as in a change of flags that nobody asked for
  std::optional<bool> is_seen{};
  std::optional<chela::Timestamp> arrived{};  // INTERNALDATE
  std::uint64_t size_bytes = 0;
  std::optional<std::string> header{};  // BODY[HEADER.FIELDS (..)]
  std::optional<std::string> text{};    // BODY[TEXT]<0>
};
// nullopt where it is no FETCH; data_loss where it is a broken one.
Result<std::optional<Fetched>> parse_fetch(const Response& response);

// "17-Jul-1996 02:44:25 -0700"; nullopt for anything else.
std::optional<chela::Timestamp> parse_internal_date(std::string_view text);

}  // namespace check_email
