// A message as a mail (RFC 5322, MIME): headers and a body of plain text, ASCII throughout. Pure.
#pragma once

#include <chela/notifier.h>

#include <string>
#include <vector>

namespace email {

struct Envelope {
  std::string from{};
  std::string from_name{};
  std::vector<std::string> to{};
};

// Lines end in CRLF. Message-ID and Date come from the message, so that a mail which is sent twice
// is the same mail. `now` is its date where the message has none.
std::string compose(const Envelope& envelope, const chela::Message& message, chela::Timestamp now);

}  // namespace email
