// One request as it goes to libcurl: checked, its secrets filled in.
#pragma once

#include <string>
#include <vector>

#include "services/http.h"
#include "services/http_url.h"

namespace chela::services {

struct HttpPlan {
  std::string method;
  std::string label;  // "POST https://api.example.com/v1/chat": for messages, nothing filled in
  HttpUrl url;        // placeholders as they were
  SecretText filled_url;
  std::vector<SecretText> header_lines;
  SecretText body;
  UsedSecrets used;
  HttpDeadlines deadlines;
  std::size_t max_body_bytes = 0;
  std::size_t max_header_bytes = 0;
  bool accepts_compressed = true;
  std::function<bool(const std::string& path)> may_follow;
  bool wants_certificate = false;
};

// Checks everything that can be checked before a byte is sent and fills the secrets in. All its
// failures are bad_request; an unknown secret has the code not_found.
HttpResult<HttpPlan> plan_request(const CurlLibrary& curl, HttpRequest request);

}  // namespace chela::services
