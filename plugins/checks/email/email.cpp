// Looks at one mailbox over IMAP: new mail from authorised senders, mail by rules, and mail that
// pretends.
//
// Source: IMAP4rev1 (RFC 3501), Authentication-Results (RFC 8601). The host opens the connection
// and logs in; this check reads only (EXAMINE, PEEK) and never sees the password. Times are UTC.
#include <chela/check.h>

#include "round.h"

namespace check_email {
namespace {

using chela::ErrorCode;

class EmailCheck : public chela::Check {
 public:
  static Result<std::unique_ptr<EmailCheck>> create(const chela::Config& config) {
    CHELA_TRY(Settings settings, read_settings(config));
    return std::make_unique<EmailCheck>(std::move(settings));
  }

  explicit EmailCheck(Settings settings) : settings_(std::move(settings)) {}

  Result<chela::Report> run(chela::Host& host) override {
    const auto begin = std::chrono::steady_clock::now();
    auto stream = host.streams().open(stream_request());
    if (!stream) return chela::fail(explain(stream.error()));
    Session session(host, std::move(*stream), begin, Patience{settings_.timeout});
    if (chela::get_bool(host.request(), "learn")) return learn_from_mailbox(session, settings_);
    if (chela::get_bool(host.request(), "brief"))
      return brief_of_mailbox(session, settings_, host.clock().now());
    return look_at_mailbox(session, settings_, host.cursor(), host.clock().now());
  }

 private:
  chela::StreamRequest stream_request() const {
    chela::StreamRequest request;
    request.url = settings_.server;
    request.user = settings_.user;
    request.login = settings_.uses_token ? chela::StreamRequest::Login::bearer
                                         : chela::StreamRequest::Login::password;
    request.secret = settings_.uses_token ? "token" : "password";
    request.timeout = std::min<chela::Duration>(std::chrono::seconds(20), settings_.timeout);
    return request;
  }

  // The host's words, and what somebody does now.
  chela::Error explain(chela::Error error) const {
    if (error.code == ErrorCode::unauthenticated) {
      error.message +=
          ". The mail server is there, but refuses the credentials of " + settings_.user +
          (settings_.uses_token
               ? ": log in again with `chela secret login google` or `chela secret login microsoft`"
               : ": check `user` and the secret `password`; most services want a password made for "
                 "one app, not the usual one");
    }
    if (error.code == ErrorCode::deadline_exceeded || error.code == ErrorCode::unavailable)
      error.message += " (" + settings_.server + ")";
    return error;
  }

  Settings settings_;
};

}  // namespace
}  // namespace check_email

CHELA_CHECK(check_email::EmailCheck)
