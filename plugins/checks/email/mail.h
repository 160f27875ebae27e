// One mail as far as it is judged, and what becomes of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "imap_parse.h"
#include "settings.h"

namespace check_email {

struct Mail {
  std::uint32_t uid = 0;
  chela::Timestamp arrived{};
  bool is_seen = false;
  std::vector<Field> header;
  std::string subject;  // UTF-8, words of others
  std::string list_id;
  bool is_bulk = false;  // of a list or a machine: List-Id, Auto-Submitted, Precedence
  Sender sender;
  std::string body;  // UTF-8, only where it was asked for
};

// `now` stands in where the server gave no time of arrival.
Mail read_mail(const Fetched& fetched, const SenderPolicy& policy, chela::Timestamp now);

// The same mail has the same one after the server numbered its mails anew: 16 hex digits out of its
// Message-ID, else of what it says of itself.
std::string mail_hash(const std::vector<Field>& header);

enum class Kind {
  nothing,     // nobody wants to know
  authorised,  // from an authorised sender, proven, and no rule fits
  claimed,     // in the name of one, while nobody is set who could prove it
  forged,      // in the name of one, without proof
  command,     // asks for something as only an authorised sender may
  rule,        // a rule tells it
  waits,       // a rule will tell it once it is old enough
};
struct Outcome {
  Kind kind = Kind::nothing;
  const Rule* rule = nullptr;  // of `settings`, for `rule` and `waits`
  chela::Timestamp due{};      // for `waits`
};
// A warning (forged, command) goes before all rules, and the first rule that fits before
// `authorised`.
Outcome judge_mail(const Mail& mail, const Settings& settings, chela::Timestamp now);

}  // namespace check_email
