// A plugin's wish for a stream to a mail server, read and judged before anything is done. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/mail_server.h"
#include "chela/duration.h"
#include "services/grant.h"

namespace chela::services {

enum class MailLogin { none, password, bearer };

struct MailRequest {
  base::MailServer server;
  MailLogin login = MailLogin::none;
  std::string user;
  std::string secret;  // the name of one
  Duration timeout{};  // for connecting, TLS and login together
};

// invalid_argument says what is wrong with a chela.stream.open.request; permission_denied names the
// line of allow.stream to add.
Result<MailRequest> parse_mail_request(std::string_view document, const Caller& caller);

}  // namespace chela::services
