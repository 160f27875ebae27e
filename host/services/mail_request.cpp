#include "services/mail_request.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "chela/json.h"

namespace chela::services {
namespace {

tl::unexpected<Error> refuse(const std::string& what) {
  return fail(ErrorCode::invalid_argument, "chela.stream/1: " + what);
}

std::optional<MailLogin> login_of(std::string_view word) {
  if (word == "none") return MailLogin::none;
  if (word == "password") return MailLogin::password;
  if (word == "bearer") return MailLogin::bearer;
  return std::nullopt;
}

// What a line of IMAP or SMTP could not carry, or would take for its end.
bool is_name(std::string_view user) {
  return !user.empty() && user.size() <= 400 && std::none_of(user.begin(), user.end(), [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == 0x7f;
  });
}

}  // namespace

Result<MailRequest> parse_mail_request(std::string_view document, const Caller& caller) {
  CHELA_TRY(const json::value value, parse_json(document));
  MailRequest request;
  const std::string url = get_string(value, "url");
  const auto server = base::parse_mail_server(url);
  if (!server) {
    return refuse("url: wanted imaps://host:port, or imap, smtps, smtp; found '" +
                  base::printable(url, 80) + "'");
  }
  request.server = *server;
  const auto login = login_of(get_string(value, "login", "none"));
  if (!login) {
    return refuse("login: wanted none, password or bearer; found '" +
                  base::printable(get_string(value, "login"), 40) + "'");
  }
  request.login = *login;
  request.user = get_string(value, "user");
  request.secret = get_string(value, "secret");
  if (*login != MailLogin::none && !is_name(request.user))
    return refuse("user: wanted a name without control characters");
  if (*login != MailLogin::none && request.secret.empty())
    return refuse("secret: wanted the name of a secret");
  const auto timeout = get_int(value, "timeout_ms", 20'000);
  if (timeout <= 0) return refuse("timeout_ms: wanted more than 0");
  request.timeout = Duration(std::min<std::int64_t>(timeout, 3'600'000));
  const std::string shown = base::to_string(*server);
  const auto& allowed = caller.grant.stream;
  if (std::find(allowed.begin(), allowed.end(), shown) != allowed.end()) return request;
  return fail(refusal(Permission::stream, caller.instance, shown));
}

}  // namespace chela::services
