// Whom connections believe: which authorities, always verified.
#pragma once

#include <string>

#include "services/http.h"
#include "services/http_curl.h"

namespace chela::services {

// What every transfer of a client is told besides its plan.
struct HttpTrust {
  std::string user_agent;
  std::string authorities;  // PEM; "" = the system's as libcurl finds them
  std::string folder;       // of the system's authorities, beside `authorities`; "" = none
};

// bad_request: the ca_file cannot be used. Reads files.
HttpResult<HttpTrust> trust_of(const HttpSettings& settings, const CurlLibrary& curl);

// `trust` outlives the transfer.
void set_trust(CurlOptions& options, const HttpTrust& trust);

}  // namespace chela::services
