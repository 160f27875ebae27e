#include "base/origin.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace chela::base {
namespace {

bool is_host_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == '_';
}
bool is_address_char(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == ':' || c == '.';
}

}  // namespace

std::optional<Origin> parse_origin(std::string_view url) {
  Origin origin;
  if (url.starts_with("https://")) {
    url.remove_prefix(8);
  } else if (url.starts_with("http://")) {
    url.remove_prefix(7);
    origin.is_tls = false;
    origin.port = 80;
  } else {
    return std::nullopt;
  }
  const bool is_plain = std::all_of(url.begin(), url.end(), [](char c) {
    return static_cast<unsigned char>(c) > ' ' && c != 0x7f;
  });
  if (!is_plain) return std::nullopt;
  url = url.substr(0, url.find_first_of("/?#"));
  std::string_view host = url;
  std::string_view port;
  if (url.starts_with('[')) {
    const std::size_t end = url.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    host = url.substr(1, end - 1);
    port = url.substr(end + 1);
    if (!std::all_of(host.begin(), host.end(), is_address_char)) return std::nullopt;
  } else {
    host = url.substr(0, url.find(':'));
    port = url.substr(host.size());
    if (!std::all_of(host.begin(), host.end(), is_host_char)) return std::nullopt;
  }
  if (host.empty() || host.size() > 253) return std::nullopt;
  if (!port.empty()) {
    port.remove_prefix(1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), origin.port);
    if (error != std::errc() || end != port.data() + port.size() || origin.port < 1 ||
        origin.port > 65535)
      return std::nullopt;
  }
  origin.host = std::string(host);
  std::transform(origin.host.begin(), origin.host.end(), origin.host.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return origin;
}

std::string to_string(const Origin& origin) {
  const bool is_address = origin.host.find(':') != std::string::npos;
  std::string text = origin.is_tls ? "https://" : "http://";
  text += is_address ? "[" + origin.host + "]" : origin.host;
  if (origin.port != (origin.is_tls ? 443 : 80)) text += ":" + std::to_string(origin.port);
  return text;
}

bool is_loopback(const Origin& origin) {
  return origin.host == "localhost" || origin.host == "::1" ||
         (origin.host.starts_with("127.") &&
          std::count(origin.host.begin(), origin.host.end(), '.') == 3 &&
          origin.host.find_first_not_of("0123456789.") == std::string::npos);
}

}  // namespace chela::base
