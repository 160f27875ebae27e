// What libcurl's code at the end of a transfer means to us.
#pragma once

#include <string>

#include "services/http_curl.h"

namespace chela::services {

struct CurlEnd {
  CURLcode code = CURLE_OK;
  long system_error = 0;       // errno of the connection's failure, 0 = none
  long proxy_status = 0;       // of a proxy's answer to CONNECT, 0 = none
  bool has_connected = false;  // the request could be sent
  bool has_answer = false;     // a byte of the answer came
  std::string detail;          // libcurl's own words
};

struct FailureWords {
  HttpFailure kind = HttpFailure::internal;
  std::string words;
};

// For any code but CURLE_OK. What breaks the framing of chunks comes as CURLE_RECV_ERROR, too: it
// is a cut, and libcurl's words tell which.
FailureWords judge_end(const CurlEnd& end);

}  // namespace chela::services
