// A mail server as grants and requests for streams name it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chela::base {

struct MailServer {
  std::string scheme;  // imaps, imap, smtps, smtp
  std::string host;    // lower case; an IPv6 address without its brackets
  int port = 0;
  bool operator==(const MailServer&) const = default;
  bool is_tls_from_start() const { return scheme.ends_with('s'); }
};

// "imaps://mail.example.org" -> {"imaps", "mail.example.org", 993}. Ports that are not named: imaps
// 993, imap 143, smtps 465, smtp 587. nullopt for other schemes, names of users, paths, blanks.
std::optional<MailServer> parse_mail_server(std::string_view url);

// "imaps://mail.example.org:993"
std::string to_string(const MailServer& server);

// localhost, 127.0.0.0/8 and ::1.
bool is_loopback(const MailServer& server);

}  // namespace chela::base
