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
