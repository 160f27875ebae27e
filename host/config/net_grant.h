// `allow.http`, `allow.stream` and `allow.sign`: which servers an instance reaches, and with which
// keys texts are signed for it.
#pragma once

#include <string>
#include <vector>

#include "base/http_grant.h"
#include "chela/json.h"
#include "chela/result.h"
#include "config/expand.h"

namespace chela::config {

using base::HttpGrant;

// What a plugin has signed with one of its secrets.
struct SignNeed {
  std::string key;
  std::vector<std::string> texts;  // as services/sign_text.h reads them
  bool operator==(const SignNeed&) const = default;
};

// The member `http` of a manifest's `allow` or a plugin's `needs`, as written:
//   ["https://api.example.org", {"url": "https://x.example", "methods": ["GET"], "paths":
//   ["/v1/*"]}]
std::vector<HttpGrant> http_grants_of(const json::value& allow);
json::array to_json(const std::vector<HttpGrant>& grants);

// The member `sign` of a plugin's `needs`.
std::vector<SignNeed> sign_needs_of(const json::value& needs);

// Placeholders filled in and everything checked; the error names the entry. An entry that is
// nothing but ${config.NAME} of a list (or ${config.NAME.*.MEMBER}) stands for all of it. One that
// comes out empty, or as an address that is itself a secret, covers nothing and is left out.
Result<std::vector<HttpGrant>> expand_http(const std::vector<HttpGrant>& grants,
                                           const Variables& variables, const json::value& config);
Result<std::vector<std::string>> expand_stream(const std::vector<std::string>& servers,
                                               const Variables& variables,
                                               const json::value& config);

// What `needs` has and `allowed` lacks, as a manifest would write it: `{url: .., methods: [GET]}`.
std::vector<std::string> missing_http(const std::vector<HttpGrant>& needs,
                                      const std::vector<HttpGrant>& allowed);

}  // namespace chela::config
