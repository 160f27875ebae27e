#include "services/http_failure.h"

namespace chela::services {

const char* to_string(HttpFailure kind) {
  switch (kind) {
    case HttpFailure::bad_request:
      return "bad_request";
    case HttpFailure::no_library:
      return "no_library";
    case HttpFailure::dns:
      return "dns";
    case HttpFailure::connect_refused:
      return "connect_refused";
    case HttpFailure::connect_timeout:
      return "connect_timeout";
    case HttpFailure::tls:
      return "tls";
    case HttpFailure::proxy:
      return "proxy";
    case HttpFailure::first_byte_timeout:
      return "first_byte_timeout";
    case HttpFailure::idle_timeout:
      return "idle_timeout";
    case HttpFailure::total_timeout:
      return "total_timeout";
    case HttpFailure::too_large:
      return "too_large";
    case HttpFailure::cut:
      return "cut";
    case HttpFailure::protocol:
      return "protocol";
    case HttpFailure::cancelled:
      return "cancelled";
    case HttpFailure::internal:
      return "internal";
  }
  return "internal";
}

ErrorCode code_of(HttpFailure kind) {
  switch (kind) {
    case HttpFailure::bad_request:
      return ErrorCode::invalid_argument;
    case HttpFailure::no_library:
    case HttpFailure::tls:
      return ErrorCode::failed_precondition;
    case HttpFailure::dns:
    case HttpFailure::connect_refused:
    case HttpFailure::proxy:
    case HttpFailure::cut:
      return ErrorCode::unavailable;
    case HttpFailure::connect_timeout:
    case HttpFailure::first_byte_timeout:
    case HttpFailure::idle_timeout:
    case HttpFailure::total_timeout:
      return ErrorCode::deadline_exceeded;
    case HttpFailure::too_large:
      return ErrorCode::resource_exhausted;
    case HttpFailure::protocol:
      return ErrorCode::data_loss;
    case HttpFailure::cancelled:
      return ErrorCode::cancelled;
    case HttpFailure::internal:
      return ErrorCode::internal;
  }
  return ErrorCode::internal;
}

}  // namespace chela::services
