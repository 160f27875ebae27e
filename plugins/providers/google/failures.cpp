#include "failures.h"

#include <algorithm>
#include <array>
#include <string>

#include "wire.h"

namespace provider_google {
namespace {

using chela::Duration;
using chela::ProviderCode;
using chela::ProviderError;
using chela::ProviderScope;
using chela::WireReply;
namespace json = chela::json;

// Waits that the service names for a quota of a whole day are shorter than a minute, as for all
// others; only one that could be meant is passed on.
constexpr Duration kShortestDayWait = std::chrono::minutes(10);

// google.rpc.Code by name, for errors whose number is missing.
struct StatusName {
  std::string_view name;
  int status;
};
constexpr StatusName kStatusNames[] = {
    {"INVALID_ARGUMENT", 400},
    {"FAILED_PRECONDITION", 400},
    {"OUT_OF_RANGE", 400},
    {"UNAUTHENTICATED", 401},
    {"PERMISSION_DENIED", 403},
    {"NOT_FOUND", 404},
    {"ABORTED", 409},
    {"ALREADY_EXISTS", 409},
    {"RESOURCE_EXHAUSTED", 429},
    {"CANCELLED", 499},
    {"UNKNOWN", 500},
    {"INTERNAL", 500},
    {"DATA_LOSS", 500},
    {"UNIMPLEMENTED", 501},
    {"UNAVAILABLE", 503},
    {"DEADLINE_EXCEEDED", 504},
};

// Words of the service that say more than its status, in lower case; the first that fits counts.
struct Words {
  std::string_view words;
  ProviderCode code;
  ProviderScope scope;
};
constexpr Words kWords[] = {
    {"api key not valid", ProviderCode::unauthenticated, ProviderScope::key},
    {"api key expired", ProviderCode::unauthenticated, ProviderScope::key},
    {"api key not found", ProviderCode::unauthenticated, ProviderScope::key},
    {"reported as leaked", ProviderCode::unauthenticated, ProviderScope::key},
    {"unregistered callers", ProviderCode::unauthenticated, ProviderScope::key},
    {"exceeds the maximum number of tokens", ProviderCode::context_overflow,
     ProviderScope::request},
    {"input context is too long", ProviderCode::context_overflow, ProviderScope::request},
    {"payload size exceeds the limit", ProviderCode::too_large, ProviderScope::request},
    {"user location is not supported", ProviderCode::permission_denied, ProviderScope::provider},
    {"free tier is not available", ProviderCode::billing, ProviderScope::key},
    {"enable billing", ProviderCode::billing, ProviderScope::key},
    {"credits are depleted", ProviderCode::billing, ProviderScope::key},
};

// ErrorInfo.reason, the machine's word for the same.
constexpr Words kReasons[] = {
    {"API_KEY_INVALID", ProviderCode::unauthenticated, ProviderScope::key},
    {"API_KEY_EXPIRED", ProviderCode::unauthenticated, ProviderScope::key},
    {"ACCESS_TOKEN_EXPIRED", ProviderCode::unauthenticated, ProviderScope::key},
    {"CREDENTIALS_MISSING", ProviderCode::unauthenticated, ProviderScope::key},
    {"BILLING_DISABLED", ProviderCode::billing, ProviderScope::key},
};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

// The details whose @type ends with `type`.
std::vector<const json::value*> details_of(const json::value& error, std::string_view type) {
  std::vector<const json::value*> found;
  const auto* details = chela::find(error, "details");
  if (details == nullptr || !details->is_array()) return found;
  for (const auto& one : details->get_array()) {
    if (chela::get_string(one, "@type").ends_with(type)) found.push_back(&one);
  }
  return found;
}

std::optional<Duration> retry_delay(const json::value& error) {
  for (const auto* info : details_of(error, "google.rpc.RetryInfo")) {
    if (const auto wait = chela::wire::parse_go_duration(chela::get_string(*info, "retryDelay")))
      return wait;
  }
  return std::nullopt;
}

// {"violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}
std::vector<std::string> quota_ids(const json::value& error) {
  std::vector<std::string> ids;
  for (const auto* failure : details_of(error, "google.rpc.QuotaFailure")) {
    const auto* violations = chela::find(*failure, "violations");
    if (violations == nullptr || !violations->is_array()) continue;
    for (const auto& one : violations->get_array())
      ids.push_back(chela::get_string(one, "quotaId"));
  }
  return ids;
}

void judge_quota(const json::value& error, const std::string& words, ProviderError& out) {
  const auto ids = quota_ids(error);
  const auto says = [](std::string_view what) {
    return [what](const std::string& id) { return id.find(what) != std::string::npos; };
  };
  if (words.find("limit: 0") != std::string::npos) {
    // A model that this plan does not have at all: no waiting helps.
    out = {ProviderCode::billing, ProviderScope::model, {}, out.message};
    return;
  }
  if (!ids.empty() && std::none_of(ids.begin(), ids.end(), says("PerModel")))
    out.scope = ProviderScope::key;
  if (std::none_of(ids.begin(), ids.end(), says("PerDay"))) return;
  out.code = ProviderCode::quota_exhausted;
  if (out.retry_after && *out.retry_after < kShortestDayWait) out.retry_after.reset();
}

ProviderError judge(const json::value& error, int status, std::optional<Duration> header_wait) {
  ProviderError out = chela::wire::explain_status({status, {}, ""});
  out.retry_after = header_wait;
  if (const auto wait = retry_delay(error)) out.retry_after = wait;
  const std::string message = chela::get_string(error, "message");
  out.message = chela::wire::words_of(message);
  const std::string words = lower(message);
  for (const auto* info : details_of(error, "google.rpc.ErrorInfo")) {
    const std::string reason = chela::get_string(*info, "reason");
    for (const auto& known : kReasons) {
      if (known.words == reason) return {known.code, known.scope, {}, out.message};
    }
  }
  for (const auto& known : kWords) {
    if (words.find(known.words) != std::string::npos)
      return {known.code, known.scope, {}, out.message};
  }
  if (status == 429) judge_quota(error, words, out);
  return out;
}

int status_of(const json::value& error) {
  const auto code =
      static_cast<int>(std::clamp<std::int64_t>(chela::get_int(error, "code"), 0, 999));
  if (code >= 400) return code;
  const std::string name = chela::get_string(error, "status");
  for (const auto& known : kStatusNames) {
    if (known.name == name) return known.status;
  }
  return 500;
}

// {"error":{..}} or [{"error":{..}}]
const json::value* error_in(const json::value& body) {
  const json::value* object = &body;
  if (body.is_array()) {
    if (body.get_array().empty()) return nullptr;
    object = &body.get_array().front();
  }
  const auto* error = chela::find(*object, "error");
  return error != nullptr && error->is_object() ? error : nullptr;
}

struct Finish {
  std::string_view reason;
  ProviderCode code;
  std::string_view words;
};
constexpr Finish kFinishes[] = {
    {"SAFETY", ProviderCode::refusal, "the answer was withheld"},
    {"RECITATION", ProviderCode::refusal, "the answer was withheld"},
    {"LANGUAGE", ProviderCode::refusal, "the answer was withheld"},
    {"BLOCKLIST", ProviderCode::refusal, "the answer was withheld"},
    {"PROHIBITED_CONTENT", ProviderCode::refusal, "the answer was withheld"},
    {"SPII", ProviderCode::refusal, "the answer was withheld"},
    {"MODEL_ARMOR", ProviderCode::refusal, "the answer was withheld"},
    {"IMAGE_SAFETY", ProviderCode::refusal, "the answer was withheld"},
    {"IMAGE_PROHIBITED_CONTENT", ProviderCode::refusal, "the answer was withheld"},
    {"IMAGE_RECITATION", ProviderCode::refusal, "the answer was withheld"},
    {"MALFORMED_FUNCTION_CALL", ProviderCode::garbage, "the model wrote a call that is none"},
    {"UNEXPECTED_TOOL_CALL", ProviderCode::garbage, "the model called a tool that is not there"},
    {"TOO_MANY_TOOL_CALLS", ProviderCode::garbage, "the model called tools without end"},
    {"MALFORMED_RESPONSE", ProviderCode::garbage, "the model wrote an answer that is none"},
    {"MISSING_THOUGHT_SIGNATURE", ProviderCode::bad_request,
     "a call came back to the model without its signature"},
};

}  // namespace

ProviderError failure_of(const WireReply& reply) {
  const auto body = chela::parse_json(reply.body);
  const json::value* error = body ? error_in(*body) : nullptr;
  if (error == nullptr) return chela::wire::explain_status(reply);
  const int status = reply.status >= 400 ? reply.status : status_of(*error);
  return judge(*error, status, chela::wire::retry_after(reply));
}

ProviderError failure_in_stream(const json::value& error) {
  return judge(error, status_of(error), std::nullopt);
}

std::optional<ProviderError> failure_of_finish(std::string_view reason, std::string_view words) {
  if (reason == "STOP" || reason == "MAX_TOKENS" || reason == "CONTINUATION") return std::nullopt;
  const auto known = std::find_if(std::begin(kFinishes), std::end(kFinishes),
                                  [&](const Finish& finish) { return finish.reason == reason; });
  const bool is_known = known != std::end(kFinishes);
  ProviderError out{is_known ? known->code : ProviderCode::server_error,
                    ProviderScope::request,
                    {},
                    std::string(is_known ? known->words : "the model stopped") + " (" +
                        chela::wire::words_of(reason) + ")"};
  if (!is_known) out.scope = ProviderScope::model;
  if (!words.empty()) out.message += ": " + chela::wire::words_of(words);
  return out;
}

ProviderError blocked_prompt(std::string_view reason) {
  return {ProviderCode::refusal,
          ProviderScope::request,
          {},
          "the prompt was blocked (" + chela::wire::words_of(reason) + ")"};
}

}  // namespace provider_google
