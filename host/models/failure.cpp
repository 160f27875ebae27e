#include "models/failure.h"

#include <array>
#include <utility>

namespace chela::models {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

struct Row {
  Reason reason;
  std::string_view name;
  ErrorCode code;
  Policy policy;
};

constexpr Duration kNone{0};

// advances, needs_larger, is_transient, rotates_key, cooldown, longest
constexpr std::array kRows{
    Row{Reason::unauthenticated,
        "unauthenticated",
        ErrorCode::unauthenticated,
        {true, false, false, true, minutes(10), hours(1)}},
    Row{Reason::permission_denied,
        "permission_denied",
        ErrorCode::permission_denied,
        {true, false, false, true, minutes(10), hours(1)}},
    Row{Reason::client_refused,
        "client_refused",
        ErrorCode::permission_denied,
        {true, false, false, false, hours(6), hours(24)}},
    Row{Reason::billing,
        "billing",
        ErrorCode::resource_exhausted,
        {true, false, false, true, minutes(10), hours(1)}},
    Row{Reason::quota_exhausted,
        "quota_exhausted",
        ErrorCode::resource_exhausted,
        {true, false, false, true, minutes(30), hours(6)}},
    Row{Reason::rate_limited,
        "rate_limited",
        ErrorCode::resource_exhausted,
        {true, false, true, true, seconds(30), minutes(5)}},
    Row{Reason::overloaded,
        "overloaded",
        ErrorCode::unavailable,
        {true, false, true, false, seconds(30), minutes(5)}},
    Row{Reason::server_error,
        "server_error",
        ErrorCode::unavailable,
        {true, false, true, false, seconds(30), minutes(5)}},
    Row{Reason::timeout,
        "timeout",
        ErrorCode::deadline_exceeded,
        {true, false, true, false, seconds(30), minutes(5)}},
    Row{Reason::model_not_found,
        "model_not_found",
        ErrorCode::not_found,
        {true, false, false, false, hours(1), hours(24)}},
    Row{Reason::context_overflow,
        "context_overflow",
        ErrorCode::out_of_range,
        {true, true, false, false, kNone, kNone}},
    Row{Reason::too_large,
        "too_large",
        ErrorCode::out_of_range,
        {true, true, false, false, kNone, kNone}},
    Row{Reason::bad_request,
        "bad_request",
        ErrorCode::invalid_argument,
        {false, false, false, false, kNone, kNone}},
    Row{Reason::refusal,
        "refusal",
        ErrorCode::failed_precondition,
        {false, false, false, false, kNone, kNone}},
    Row{Reason::cut,
        "cut",
        ErrorCode::data_loss,
        {true, false, true, false, seconds(30), minutes(5)}},
    Row{Reason::garbage,
        "garbage",
        ErrorCode::data_loss,
        {true, false, true, false, minutes(1), minutes(5)}},
    Row{Reason::unreachable,
        "unreachable",
        ErrorCode::unavailable,
        {true, false, true, false, seconds(30), minutes(5)}},
    Row{Reason::tls,
        "tls",
        ErrorCode::failed_precondition,
        {true, false, false, false, minutes(5), hours(1)}},
    Row{Reason::first_token_timeout,
        "first_token_timeout",
        ErrorCode::deadline_exceeded,
        {true, false, false, false, minutes(1), minutes(5)}},
    Row{Reason::stalled,
        "stalled",
        ErrorCode::deadline_exceeded,
        {true, false, false, false, minutes(1), minutes(5)}},
    Row{Reason::too_long,
        "too_long",
        ErrorCode::resource_exhausted,
        {false, false, false, false, kNone, kNone}},
    Row{Reason::no_secret,
        "no_secret",
        ErrorCode::failed_precondition,
        {true, false, false, true, seconds(30), minutes(5)}},
    Row{Reason::plugin_fault,
        "plugin_fault",
        ErrorCode::internal,
        {true, false, false, false, seconds(30), minutes(10)}},
    Row{Reason::over_limit,
        "over_limit",
        ErrorCode::resource_exhausted,
        {true, false, true, true, kNone, kNone}},
    Row{Reason::cancelled,
        "cancelled",
        ErrorCode::cancelled,
        {false, false, false, false, kNone, kNone}},
};

const Row& row(Reason reason) {
  return kRows[static_cast<std::size_t>(reason)];
}

constexpr bool is_in_order() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (static_cast<std::size_t>(kRows[i].reason) != i) return false;
  }
  return kRows.size() == static_cast<std::size_t>(Reason::cancelled) + 1;
}
static_assert(is_in_order(), "kRows is looked up by the number of the reason");

}  // namespace

std::string_view to_string(Reason reason) {
  return row(reason).name;
}

std::optional<Reason> parse_reason(std::string_view name) {
  for (const auto& one : kRows) {
    if (one.name == name) return one.reason;
  }
  return std::nullopt;
}

Failure failure_of(const ProviderError& error, int http_status) {
  const auto reason = parse_reason(to_string(error.code));
  return {reason.value_or(Reason::garbage), error.scope, error.retry_after, error.message,
          http_status};
}

Policy policy_of(const Failure& failure) {
  return row(failure.reason).policy;
}

ErrorCode code_of(Reason reason) {
  return row(reason).code;
}

}  // namespace chela::models
