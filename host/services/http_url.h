// URLs of requests, read by the same parser that will connect to them.
#pragma once

#include <string>

#include "services/http_curl.h"

namespace chela::services {

struct HttpUrl {
  std::string text;    // whole, normalised, without fragment; placeholders as they were
  std::string scheme;  // "http" or "https"
  std::string host;    // lower case; IPv6 in brackets
  std::string port;    // always there
  std::string path;
  bool is_https() const { return scheme == "https"; }
};

// bad_request: not a URL, another scheme, a user or password in it, a placeholder for a secret
// anywhere but in path and query. The message does not repeat the text.
HttpResult<HttpUrl> parse_url(const CurlLibrary& curl, const std::string& text);

// What `location`, a header's value, means in an answer from `base`.
HttpResult<HttpUrl> resolve_url(const CurlLibrary& curl, const HttpUrl& base,
                                const std::string& location);

bool is_same_origin(const HttpUrl& one, const HttpUrl& other);

// 127.0.0.0/8, ::1 and "localhost" (which libcurl never looks up).
bool is_loopback(const HttpUrl& url);

}  // namespace chela::services
