// Addresses of servers and of what lies on them, as far as this check must understand them.
#pragma once

#include <chela/result.h>

#include <string>
#include <string_view>

namespace check_calendar {

struct Address {
  std::string origin;  // "https://dav.example.org:8443"
  std::string path;    // with query, begins with /
  std::string text() const { return origin + path; }
};

// invalid_argument where it is no http(s) address.
chela::Result<Address> parse_address(std::string_view text);
// What `href` in an answer from `base` means; without a fragment.
chela::Result<Address> resolve(const Address& base, std::string_view href);

// Servers of a setting, as scheme and host: "https://dav.example.org", "https://*.example.org" (all
// below it). invalid_argument where it is neither.
chela::Result<void> check_servers(const std::string& servers);
// Whether `address` lies on `servers`: the same scheme, host and port.
bool is_at(const Address& address, const std::string& servers);

// The path of `href`, by which a file is known: another answer may write it with other escapes
// ("%40" and "@"). Valid UTF-8, since it is kept.
std::string path_key(std::string_view href);

// webcal:// is http(s):// with another name.
std::string without_webcal(const std::string& url);

}  // namespace check_calendar
