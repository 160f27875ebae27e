// What a mail server writes into Authentication-Results about the mail that it took (RFC 8601).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace check_email {

// Whether it is about who sent the mail: dmarc, dkim, spf.
bool is_verdict(std::string_view method);

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
  // false: something in it could not be read; `methods` are those that could.
  bool is_whole = true;
};

// Comments are left out wherever they stand; properties belong to their own clause; a clause that
// cannot be read is left out alone. There are no methods at all where the ends of clauses cannot be
// told (an open comment or quotation, one quotation mark in a comment, another version than 1, more
// than 100 clauses) or a clause of dmarc cannot be read. nullopt where not even the id can be told.
std::optional<AuthResults> parse_auth_results(std::string_view value);

// The host behind "by" in a Received header, lower case; "" where there is none.
std::string received_by(std::string_view value);

}  // namespace check_email
