#include "services/http_outcome.h"

#include <cstring>

#include "base/text.h"

namespace chela::services {
namespace {

FailureWords cut(const CurlEnd& end, const std::string& detail) {
  return {HttpFailure::cut, (end.has_answer ? "the connection ended before the answer was whole"
                                            : "the connection ended without an answer") +
                                detail};
}

}  // namespace

FailureWords judge_end(const CurlEnd& end) {
  const std::string detail = end.detail.empty() ? "" : ": " + base::printable(end.detail, 300);
  if (end.proxy_status >= 300 && !end.has_connected) {
    return {HttpFailure::proxy,
            "the proxy will not connect us: it answered " + std::to_string(end.proxy_status)};
  }
  switch (end.code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {HttpFailure::dns, "its name has no address" + detail};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {HttpFailure::dns, "the proxy's name has no address" + detail};
    case CURLE_COULDNT_CONNECT:
      return {HttpFailure::connect_refused,
              end.system_error != 0 ? std::string("cannot connect: ") +
                                          std::strerror(static_cast<int>(end.system_error))
                                    : "cannot connect" + detail};
    case CURLE_OPERATION_TIMEDOUT:
      return {HttpFailure::connect_timeout, "no connection in time"};
    case CURLE_PROXY:
      return {HttpFailure::proxy, "the proxy will not connect us" + detail};
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_CLIENTCERT:
      return {HttpFailure::tls, "TLS" + detail};
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
      return end.has_connected ? cut(end, detail)
                               : FailureWords{HttpFailure::connect_refused,
                                              "the connection ended before TLS or "
                                              "the proxy was through" +
                                                  detail};
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
      if (end.has_answer) return cut(end, detail);
      return {HttpFailure::protocol, "HTTP/2" + detail};
    case CURLE_OUT_OF_MEMORY:
      return {HttpFailure::internal, "libcurl is out of memory, or an answer's line is too long"};
    case CURLE_FAILED_INIT:
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return {HttpFailure::internal, "libcurl" + detail};
    default:
      return {HttpFailure::protocol, "the answer is not HTTP as we can read it" + detail};
  }
}

}  // namespace chela::services
