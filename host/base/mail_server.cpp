#include "base/mail_server.h"

#include "base/origin.h"

namespace chela::base {
namespace {

struct Scheme {
  std::string_view name;
  int port;
};
constexpr Scheme kSchemes[] = {{"imaps", 993}, {"imap", 143}, {"smtps", 465}, {"smtp", 587}};

// Hosts and ports are written as in http addresses.
Origin as_origin(const MailServer& server) {
  return {false, server.host, server.port};
}

}  // namespace

std::optional<MailServer> parse_mail_server(std::string_view url) {
  for (const auto& scheme : kSchemes) {
    const std::string lead = std::string(scheme.name) + "://";
    if (!url.starts_with(lead)) continue;
    const std::string_view rest = url.substr(lead.size());
    if (rest.find_first_of("/?#") != std::string_view::npos) return std::nullopt;
    const auto origin = parse_origin("http://" + std::string(rest));
    if (!origin) return std::nullopt;
    const bool has_port =
        rest.find(':', rest.find(']') == std::string_view::npos ? 0 : rest.find(']')) !=
        std::string_view::npos;
    return MailServer{std::string(scheme.name), origin->host,
                      has_port ? origin->port : scheme.port};
  }
  return std::nullopt;
}

std::string to_string(const MailServer& server) {
  const bool is_address = server.host.find(':') != std::string::npos;
  return server.scheme + "://" + (is_address ? "[" + server.host + "]" : server.host) + ":" +
         std::to_string(server.port);
}

bool is_loopback(const MailServer& server) {
  return is_loopback(as_origin(server));
}

}  // namespace chela::base
