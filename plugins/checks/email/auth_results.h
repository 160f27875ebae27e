// What a mail server writes into Authentication-Results about the mail that it took (RFC 8601).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace check_email {

// Some services write none; this stands for it in settings and reports.
inline constexpr char kNoAuthservId[] = "(none)";

// One clause: dkim=pass reason="good" header.d=example.org
struct Method {
  std::string name;                                             // lower case
  std::string result;                                           // lower case
  std::vector<std::pair<std::string, std::string>> properties;  // "header.d", lower case -> as is
  // The first property of that name; "" where there is none.
  std::string_view property(std::string_view name) const;
};

struct AuthResults {
  std::string id;  // lower case
  std::vector<Method> methods;
};

// Comments are left out wherever they stand; properties belong to their own clause; a clause that
// cannot be read is left out alone. nullopt where the whole cannot be trusted to be read rightly:
// an open comment or quotation, another version than 1, no id and no clause.
std::optional<AuthResults> parse_auth_results(std::string_view value);

// The host behind "by" in a Received header, lower case; "" where there is none.
std::string received_by(std::string_view value);

}  // namespace check_email
