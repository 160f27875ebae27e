// Result<T>: a value, or an Error that says what the caller can do next (code) and what happened
// (message).
#pragma once

#include <cstdint>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace chela {

// gRPC's numbers (google.rpc.Code); they cross the door as `chela_status`.
enum class ErrorCode : std::int32_t {
  cancelled = 1,
  unknown = 2,
  invalid_argument = 3,  // the caller must change the input
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,    // a grant is missing; the message names it
  resource_exhausted = 8,   // a cap, a quota, a full disk
  failed_precondition = 9,  // not in this state or mode
  aborted = 10,             // somebody else changed it meanwhile: read again, try again
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,     // a defect, a crash
  unavailable = 14,  // try again later
  data_loss = 15,    // torn or corrupt
  unauthenticated = 16,
};

// "INVALID_ARGUMENT", as gRPC spells it; "UNKNOWN" for numbers outside the table.
constexpr const char* to_string(ErrorCode code) {
  switch (code) {
    case ErrorCode::cancelled:
      return "CANCELLED";
    case ErrorCode::unknown:
      return "UNKNOWN";
    case ErrorCode::invalid_argument:
      return "INVALID_ARGUMENT";
    case ErrorCode::deadline_exceeded:
      return "DEADLINE_EXCEEDED";
    case ErrorCode::not_found:
      return "NOT_FOUND";
    case ErrorCode::already_exists:
      return "ALREADY_EXISTS";
    case ErrorCode::permission_denied:
      return "PERMISSION_DENIED";
    case ErrorCode::resource_exhausted:
      return "RESOURCE_EXHAUSTED";
    case ErrorCode::failed_precondition:
      return "FAILED_PRECONDITION";
    case ErrorCode::aborted:
      return "ABORTED";
    case ErrorCode::out_of_range:
      return "OUT_OF_RANGE";
    case ErrorCode::unimplemented:
      return "UNIMPLEMENTED";
    case ErrorCode::internal:
      return "INTERNAL";
    case ErrorCode::unavailable:
      return "UNAVAILABLE";
    case ErrorCode::data_loss:
      return "DATA_LOSS";
    case ErrorCode::unauthenticated:
      return "UNAUTHENTICATED";
  }
  return "UNKNOWN";
}

struct Error {
  ErrorCode code = ErrorCode::unknown;
  std::string message;  // for a person: what, where, wanted, found; never a secret
};

// tl::expected, but dropping one is a warning. Spelled like std::expected.
template <class T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
};

inline tl::unexpected<Error> fail(ErrorCode code, std::string message) {
  return tl::unexpected<Error>(Error{code, std::move(message)});
}
inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace chela

// CHELA_TRY(const auto reply, fetch(url));   binds the value, or returns the error to our caller.
// CHELA_TRY(save(file));                     the same for Result<void>.
// CHELA_CO_TRY does it in a coroutine. The expression may contain commas, the declaration may not.
#define CHELA_TRY(...) CHELA_TRY_PICK_(return, __VA_ARGS__)
#define CHELA_CO_TRY(...) CHELA_TRY_PICK_(co_return, __VA_ARGS__)

#define CHELA_TRY_CAT2_(a, b) a##b
#define CHELA_TRY_CAT_(a, b) CHELA_TRY_CAT2_(a, b)
#define CHELA_TRY_NAME_ CHELA_TRY_CAT_(chela_try_, __LINE__)
#define CHELA_TRY_PICK_(ret, first, ...) \
  CHELA_TRY_CAT_(CHELA_TRY_FORM_, __VA_OPT__(2_))(ret, first __VA_OPT__(, ) __VA_ARGS__)
#define CHELA_TRY_FORM_(ret, expr)                                      \
  do {                                                                  \
    if (auto chela_try = (expr); !chela_try) {                          \
      ret tl::unexpected<::chela::Error>(std::move(chela_try).error()); \
    }                                                                   \
  } while (false)
#define CHELA_TRY_FORM_2_(ret, decl, ...)                                   \
  auto CHELA_TRY_NAME_ = (__VA_ARGS__);                                     \
  if (!CHELA_TRY_NAME_) {                                                   \
    ret tl::unexpected<::chela::Error>(std::move(CHELA_TRY_NAME_).error()); \
  }                                                                         \
  decl = std::move(*CHELA_TRY_NAME_)
