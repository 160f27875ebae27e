#include "services/secret_outcome.h"

namespace chela::services {
namespace {

struct CauseRow {
  SecretCause cause;
  const char* name;
  SecretState state;
  ErrorCode code;
};

constexpr CauseRow kCauses[] = {
    {SecretCause::none, "none", SecretState::ok, ErrorCode::unknown},
    {SecretCause::not_signed_in, "not_signed_in", SecretState::needs_human,
     ErrorCode::failed_precondition},
    {SecretCause::no_account, "no_account", SecretState::needs_human,
     ErrorCode::failed_precondition},
    {SecretCause::locked, "locked", SecretState::needs_human, ErrorCode::failed_precondition},
    {SecretCause::dismissed, "dismissed", SecretState::needs_human, ErrorCode::failed_precondition},
    {SecretCause::prompt_timeout, "prompt_timeout", SecretState::needs_human,
     ErrorCode::failed_precondition},
    {SecretCause::app_unreachable, "app_unreachable", SecretState::needs_human,
     ErrorCode::failed_precondition},
    {SecretCause::bad_reference, "bad_reference", SecretState::config, ErrorCode::invalid_argument},
    {SecretCause::not_found, "not_found", SecretState::config, ErrorCode::not_found},
    {SecretCause::empty, "empty", SecretState::config, ErrorCode::not_found},
    {SecretCause::unsafe_file, "unsafe_file", SecretState::config, ErrorCode::permission_denied},
    {SecretCause::unreadable, "unreadable", SecretState::config, ErrorCode::permission_denied},
    {SecretCause::too_large, "too_large", SecretState::config, ErrorCode::invalid_argument},
    {SecretCause::not_text, "not_text", SecretState::config, ErrorCode::invalid_argument},
    {SecretCause::bad_json, "bad_json", SecretState::config, ErrorCode::invalid_argument},
    {SecretCause::bad_token, "bad_token", SecretState::config, ErrorCode::permission_denied},
    {SecretCause::too_many_requests, "too_many_requests", SecretState::rate_limited,
     ErrorCode::resource_exhausted},
    {SecretCause::not_installed, "not_installed", SecretState::unavailable, ErrorCode::unavailable},
    {SecretCause::hangs, "hangs", SecretState::unavailable, ErrorCode::unavailable},
    {SecretCause::crashed, "crashed", SecretState::unavailable, ErrorCode::unavailable},
    {SecretCause::failed, "failed", SecretState::unavailable, ErrorCode::unavailable},
    {SecretCause::no_network, "no_network", SecretState::unavailable, ErrorCode::unavailable},
    {SecretCause::no_resources, "no_resources", SecretState::unavailable, ErrorCode::unavailable},
    {SecretCause::cancelled, "cancelled", SecretState::cancelled, ErrorCode::cancelled},
};

const CauseRow& row_of(SecretCause cause) {
  for (const auto& row : kCauses) {
    if (row.cause == cause) return row;
  }
  return kCauses[0];
}

}  // namespace

SecretState state_of(SecretCause cause) {
  return row_of(cause).state;
}

const char* name_of(SecretCause cause) {
  return row_of(cause).name;
}

ErrorCode code_of(SecretCause cause) {
  return row_of(cause).code;
}

SecretFailure cancelled_read() {
  return {SecretCause::cancelled, "wait", "the wait was cancelled", ""};
}

const char* name_of(SecretState state) {
  switch (state) {
    case SecretState::ok:
      return "ok";
    case SecretState::needs_human:
      return "needs_human";
    case SecretState::config:
      return "config";
    case SecretState::rate_limited:
      return "rate_limited";
    case SecretState::unavailable:
      return "unavailable";
    case SecretState::cancelled:
      return "cancelled";
  }
  return "?";
}

SecretState SecretOutcome::state() const {
  if (ok()) return SecretState::ok;
  return failure ? state_of(failure->cause) : SecretState::unavailable;
}

Error to_error(const std::string& reference, const SecretFailure& failure) {
  std::string text = "cannot read " + reference + ": " + failure.message;
  if (!failure.remedy.empty()) text += "; " + failure.remedy;
  return {code_of(failure.cause), std::move(text)};
}

std::string describe_value(std::size_t bytes) {
  return "a value of " + std::to_string(bytes) + (bytes == 1 ? " byte" : " bytes");
}

json::object to_json(const std::string& reference, const SecretOutcome& outcome) {
  json::object object{{"reference", reference}, {"state", name_of(outcome.state())}};
  if (outcome.ok()) object["bytes"] = outcome.value->size();
  if (outcome.is_stale) object["stale"] = true;
  if (outcome.failure) {
    object["cause"] = name_of(outcome.failure->cause);
    object["step"] = outcome.failure->step;
    object["message"] = outcome.failure->message;
    object["remedy"] = outcome.failure->remedy;
  }
  json::array steps;
  for (const auto& step : outcome.steps) {
    steps.push_back(json::object{{"step", step.what}, {"ok", step.is_ok}, {"text", step.how}});
  }
  object["steps"] = std::move(steps);
  return object;
}

}  // namespace chela::services
