// Why a mail server lets nobody in, read out of its own lines: libcurl says the same of a wrong
// password and of a server that is too busy. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "chela/result.h"

namespace chela::services {

// Hears what the server says until somebody is logged in, and keeps nothing of its text but codes.
class MailRefusal {
 public:
  // One line:
  //   A002 NO [UNAVAILABLE] try later   unavailable; INUSE, LIMIT, SERVERBUG alike (RFC 5530)
  //   A002 NO [EXPIRED] renew it        unauthenticated
  //   * BYE too busy                    unavailable, where it is the greeting
  //   454 4.7.0 try later               unavailable; all replies of SMTP that begin with a 4
  // The last refusal counts. Good-byes do not: one follows each refused login.
  void hear(std::string_view line);

  // "the server cannot log anybody in now (UNAVAILABLE)". None where nothing was refused, or
  // without a code that says why: then what libcurl makes of it holds.
  const std::optional<Error>& reason() const { return reason_; }

 private:
  bool has_heard_ = false;
  std::optional<Error> reason_;
};

}  // namespace chela::services
