#include "base/net_target.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace chela::base {
namespace {

constexpr std::size_t kMaxSocketPath = 107;  // sun_path without its NUL

bool is_host_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 && text.front() != '-' && text.front() != '.' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_';
         });
}

bool is_ipv6(std::string_view text) {
  return !text.empty() && text.find(':') != std::string_view::npos &&
         text.find_first_not_of("0123456789abcdefABCDEF:.") == std::string_view::npos;
}

bool is_socket_path(std::string_view path) {
  return path.size() > 1 && path.size() <= kMaxSocketPath && path.front() == '/' &&
         path.back() != '/' && path.find("//") == std::string_view::npos &&
         path.find("/../") == std::string_view::npos && !path.ends_with("/..") &&
         std::all_of(path.begin(), path.end(),
                     [](char c) { return static_cast<unsigned char>(c) > ' ' && c != 0x7f; });
}

}  // namespace

Result<NetTarget> parse_net_target(std::string_view text) {
  constexpr std::string_view kPath = "unix:";
  const auto refuse = [&] {
    return fail(ErrorCode::invalid_argument,
                "wanted host:port such as mac.local:22 or [::1]:80, or unix:/path; found '" +
                    printable(text, 120) + "'");
  };
  NetTarget target;
  if (text.starts_with(kPath)) {
    text.remove_prefix(kPath.size());
    if (!is_socket_path(text)) return refuse();
    target.path = text;
    return target;
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return refuse();
  const auto port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), target.port);
  if (error != std::errc() || end != port.data() + port.size() || target.port == 0) return refuse();
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (!is_ipv6(host)) return refuse();
  } else if (!is_host_name(host)) {
    return refuse();
  }
  target.host = host;
  return target;
}

}  // namespace chela::base
