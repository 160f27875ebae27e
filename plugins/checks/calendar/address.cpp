#include "address.h"

#include <chela/utf8.h>

#include <algorithm>

namespace check_calendar {

using chela::ErrorCode;
using chela::fail;

chela::Result<Address> parse_address(std::string_view text) {
  const auto scheme_end = text.find("://");
  const auto scheme = text.substr(0, scheme_end);
  const auto has_odd = [](std::string_view part) {
    return std::any_of(part.begin(), part.end(), [](char c) {
      return static_cast<unsigned char>(c) <= 0x20 || c == '"' || c == '<' || c == '>' || c == 0x7f;
    });
  };
  if (scheme_end == std::string_view::npos || (scheme != "https" && scheme != "http") ||
      text.size() > 2000 || has_odd(text))
    return fail(ErrorCode::invalid_argument,
                "wanted an address like https://dav.example.org/, "
                "found '" +
                    std::string(text.substr(0, 100)) + "'");
  const auto host_end = std::min(text.find_first_of("/?#", scheme_end + 3), text.size());
  const auto host = text.substr(scheme_end + 3, host_end - scheme_end - 3);
  if (host.empty() || host.find('@') != std::string_view::npos)
    return fail(ErrorCode::invalid_argument,
                "wanted an address with a host and without user or password");
  Address address{std::string(text.substr(0, host_end)),
                  std::string(text.substr(host_end, text.find('#') - host_end))};
  if (!address.path.starts_with('/')) address.path.insert(0, "/");
  return address;
}

chela::Result<Address> resolve(const Address& base, std::string_view href) {
  if (href.find("://") < href.find('/')) return parse_address(href);
  if (href.starts_with("//"))
    return parse_address(base.origin.substr(0, base.origin.find("//")) + std::string(href));
  if (href.starts_with('/')) return parse_address(base.origin + std::string(href));
  const std::string folder =
      base.path.substr(0, base.path.substr(0, base.path.find('?')).rfind('/') + 1);
  return parse_address(base.origin + folder + std::string(href));
}

namespace {

// In small letters, always with a port: two that are written differently may be one.
std::string normal_origin(const std::string& origin) {
  std::string text = origin;
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  const bool has_port = !text.ends_with(']') && text.rfind(':') > text.find("://");
  if (has_port) return text;
  return text + (text.starts_with("https:") ? ":443" : ":80");
}

constexpr std::string_view kBelow = "://*.";

}  // namespace

chela::Result<void> check_servers(const std::string& servers) {
  std::string plain = servers;
  if (const auto at = plain.find(kBelow); at != std::string::npos) plain.erase(at + 3, 2);
  const auto address = parse_address(plain);
  const bool is_odd =
      !address || address->path != "/" || address->origin.find_first_of("*\\") != std::string::npos;
  if (!is_odd) return {};
  return fail(ErrorCode::invalid_argument,
              "wanted scheme and host, like https://dav.example.org or https://*.example.org, "
              "found '" +
                  servers.substr(0, 100) + "'");
}

bool is_at(const Address& address, const std::string& servers) {
  // Programs disagree about which host that would be.
  if (address.origin.find_first_of("\\%") != std::string::npos) return false;
  const auto below = servers.find(kBelow);
  if (below == std::string::npos) {
    const auto named = parse_address(servers);
    return named && normal_origin(named->origin) == normal_origin(address.origin);
  }
  const auto named = parse_address(servers.substr(0, below + 3) + servers.substr(below + 5));
  if (!named) return false;
  const std::string origin = normal_origin(address.origin), wanted = normal_origin(named->origin);
  const auto host = below + 3;
  const std::string end = "." + wanted.substr(host);
  return origin.starts_with(wanted.substr(0, host)) && origin.size() > host + end.size() &&
         origin.ends_with(end);
}

std::string without_webcal(const std::string& url) {
  if (url.starts_with("webcal://")) return "https://" + url.substr(9);
  if (url.starts_with("webcals://")) return "https://" + url.substr(10);
  return url;
}

std::string path_key(std::string_view href) {
  if (const auto scheme = href.find("://"); scheme < href.find('/')) {
    const auto path = href.find('/', scheme + 3);
    href = path == std::string_view::npos ? "/" : href.substr(path);
  }
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  std::string key;
  for (std::size_t i = 0; i < href.size(); ++i) {
    const int high = href[i] == '%' && i + 2 < href.size() ? digit(href[i + 1]) : -1;
    const int low = high < 0 ? -1 : digit(href[i + 2]);
    key += low < 0 ? href[i] : static_cast<char>(high * 16 + low);
    if (low >= 0) i += 2;
  }
  // An escape may stand for any byte; the key is kept as text.
  return chela::is_utf8(key) ? key : std::string(href);
}

}  // namespace check_calendar
