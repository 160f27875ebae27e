// Scheme, host and port of an http address: where a request goes, whatever its path.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace chela::base {

struct Origin {
  bool is_tls = true;
  std::string host;  // lower case; an IPv6 address without its brackets
  int port = 443;
  bool operator==(const Origin&) const = default;
};

// "https://api.example.org/v1" -> {true, "api.example.org", 443}. nullopt for other schemes, names
// of users, blanks and control characters, ports outside 1..65535.
std::optional<Origin> parse_origin(std::string_view url);

// "https://api.example.org", with the port where it is not the usual one.
std::string to_string(const Origin& origin);

// localhost, 127.0.0.0/8 and ::1.
bool is_loopback(const Origin& origin);

}  // namespace chela::base
