// Every command that is ever sent to an IMAP server. None of them changes anything there: the
// mailbox is opened by EXAMINE, parts of mails are asked for by PEEK.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "chela/duration.h"

namespace check_email {

// Without tag and line end. `mailbox` as mailbox_name() gives it.
std::string status_command(std::string_view mailbox);
std::string examine_command(std::string_view mailbox);

enum class Wanted { unread, all };
// Mails from `first` on. The last mail of the mailbox is always among the found.
std::string search_from_command(std::uint32_t first, Wanted wanted);
// Mails that came on the day of `day` (UTC) or later.
std::string search_since_command(chela::Timestamp day, Wanted wanted);

// How much of the wanted headers is asked for: 256 KiB of each mail, so that no mail can be too
// much for a conversation, or all of them, for servers that know no parts of headers.
enum class Headers { bounded, whole };
// The parts of mails by which they are judged; `uids` is not empty.
std::string fetch_command(const std::vector<std::uint32_t>& uids, Headers headers);
// The same of the mails with these places in the mailbox, 1 being the oldest.
std::string fetch_newest_command(std::uint64_t first, std::uint64_t last, Headers headers);
// The first 2 KiB of their bodies.
std::string fetch_text_command(const std::vector<std::uint32_t>& uids);
// By what mails are recognised, see mail_hash(): 8 KiB of each at most.
std::string fetch_names_command(const std::vector<std::uint32_t>& uids, Headers headers);
// Who vouched for the mails with these places.
std::string fetch_results_command(std::uint64_t first, std::uint64_t last, Headers headers);

// A mailbox's name as the protocol writes it: quoted, modified UTF-7.
std::string mailbox_name(std::string_view utf8);

}  // namespace check_email
