// How an HTTP exchange can fail, as a value to switch on, beside the words for a person.
#pragma once

#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "chela/result.h"

namespace chela::services {

enum class HttpFailure {
  bad_request,         // refused before anything was sent: the caller must change the request
  no_library,          // libcurl is missing or too old
  dns,                 // the name (or the proxy's) has no address
  connect_refused,     // nobody listens there, or no way leads there
  connect_timeout,     // deadlines.connect: address, connection and TLS together
  tls,                 // no trusted certificate for that name, or no common protocol
  proxy,               // the proxy answered and would not connect us
  first_byte_timeout,  // deadlines.first_byte
  idle_timeout,        // deadlines.idle
  total_timeout,       // deadlines.total
  too_large,           // beyond max_header_bytes or max_body_bytes
  cut,                 // the connection ended before the answer was whole, or before any of it
  protocol,            // what came is not HTTP, or cannot be decoded
  cancelled,
  internal,  // out of memory, a defect
};

// "first_byte_timeout"; for logs.
const char* to_string(HttpFailure kind);

// The house code of a kind: deadline_exceeded for the four timeouts, unavailable where another try
// may succeed (dns, connect_refused, proxy, cut), failed_precondition for tls and no_library.
ErrorCode code_of(HttpFailure kind);

// An Error (so that CHELA_CO_TRY hands it on to a Result's caller) that keeps its kind.
struct HttpError : Error {
  HttpFailure kind = HttpFailure::internal;
  bool was_sent = false;  // part of the request may have reached the server
};

template <class T>
class [[nodiscard]] HttpResult : public tl::expected<T, HttpError> {
 public:
  using tl::expected<T, HttpError>::expected;
};

inline tl::unexpected<HttpError> http_fail(HttpFailure kind, std::string message,
                                           bool was_sent = false) {
  return tl::unexpected<HttpError>(HttpError{{code_of(kind), std::move(message)}, kind, was_sent});
}

}  // namespace chela::services

// CHELA_CO_TRY for coroutines that return HttpResult, and its plain sister.
#define CHELA_HTTP_TRY_(ret, name, decl, expr)                                          \
  auto name = (expr);                                                                   \
  if (!name) ret tl::unexpected<::chela::services::HttpError>(std::move(name).error()); \
  decl = std::move(*name)
#define CHELA_HTTP_TRY(decl, ...) \
  CHELA_HTTP_TRY_(return, CHELA_TRY_CAT_(http_try_, __LINE__), decl, (__VA_ARGS__))
#define CHELA_HTTP_CO_TRY(decl, ...) \
  CHELA_HTTP_TRY_(co_return, CHELA_TRY_CAT_(http_try_, __LINE__), decl, (__VA_ARGS__))
