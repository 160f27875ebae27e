#include "openai_errors.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "openai_fault.h"
#include "wire.h"

namespace chela::openai {
namespace {

using Code = ProviderCode;
using Scope = ProviderScope;

struct Verdict {
  Code code;
  Scope scope;
};

// By `code` or `type`, which are the service's own words for programs. The first that fits counts.
constexpr struct {
  std::string_view word;
  Verdict verdict;
} kWords[] = {
    {"access_terminated_error", {Code::client_refused, Scope::provider}},  // Kimi
    {"unsupported_country_region_territory", {Code::permission_denied, Scope::provider}},
    {"content_filter", {Code::refusal, Scope::request}},
    {"content_policy_violation", {Code::refusal, Scope::request}},
    {"moderation_blocked", {Code::refusal, Scope::request}},
    {"invalid_prompt", {Code::refusal, Scope::request}},
    {"responsibleaipolicyviolation", {Code::refusal, Scope::request}},
    {"insufficient_quota", {Code::billing, Scope::key}},
    {"credit_balance_exhausted", {Code::billing, Scope::key}},
    {"billing_hard_limit_reached", {Code::billing, Scope::key}},
    {"billing_not_active", {Code::billing, Scope::key}},
    {"exceeded_current_quota_error", {Code::billing, Scope::key}},  // Moonshot
    {"billing_error", {Code::billing, Scope::key}},
    {"context_length_exceeded", {Code::context_overflow, Scope::request}},
    {"exceed_context_size_error", {Code::context_overflow, Scope::request}},  // llama.cpp
    {"model_not_found", {Code::model_not_found, Scope::model}},
    {"deploymentnotfound", {Code::model_not_found, Scope::model}},  // Azure
    {"model_not_available", {Code::model_not_found, Scope::model}},
    {"invalid_api_key", {Code::unauthenticated, Scope::key}},
    {"invalid_authentication_error", {Code::unauthenticated, Scope::key}},
    {"authentication_error", {Code::unauthenticated, Scope::key}},
    {"slow_down", {Code::rate_limited, Scope::model}},
    {"server_is_overloaded", {Code::overloaded, Scope::model}},
    {"service_unavailable_error", {Code::overloaded, Scope::model}},
    {"engine_overloaded_error", {Code::overloaded, Scope::model}},  // Moonshot
    {"overloaded_error", {Code::overloaded, Scope::model}},
    {"rate_limit_exceeded", {Code::rate_limited, Scope::model}},
    {"rate_limit_reached_error", {Code::rate_limited, Scope::model}},
    {"rate_limit_error", {Code::rate_limited, Scope::model}},
    {"request_too_large", {Code::too_large, Scope::request}},
    {"timeout", {Code::timeout, Scope::model}},
};

using Phrases = std::array<std::string_view, 12>;

// A plan's window: it comes back by itself.
constexpr Phrases kPeriodic{"per day",     "per-day",         "per week",      "per month",
                            "daily limit", "weekly limit",    "monthly limit", "weekly usage",
                            "daily usage", "resets tomorrow", "usage limit",   "resets at"};
constexpr Phrases kBilling{"insufficient credit",
                           "insufficient balance",
                           "credit balance",
                           "key limit exceeded",
                           "billing",
                           "payment required",
                           "add credits",
                           "out of credits",
                           "more credits",
                           "insufficient_quota",
                           "insufficient funds",
                           "current quota"};
constexpr Phrases kContext{"maximum context length",
                           "context length exceeded",
                           "context_length_exceeded",
                           "exceeds the context",
                           "context window",
                           "available context size",
                           "prompt is too long",
                           "input is too long",
                           "input length exceeds",
                           "too many input tokens",
                           "context size has been exceeded",
                           "exceed context"};
constexpr Phrases kNoModel{"not a valid model",  "no such model",          "unknown model",
                           "model not found",    "no endpoints found",     "invalid model",
                           "model not exist",    "model does not exist",   "no allowed providers",
                           "model is not found", "not found, try pulling", "unsupported model"};
constexpr Phrases kNoKey{"incorrect api key",  "invalid api key",     "api key not valid",
                         "api key is invalid", "no auth credentials", "missing api key",
                         "invalid token",      "unauthorized",        "api key expired",
                         "no cookie auth",     "user not found",      "api key required"};

bool has_any(const std::string& text, const Phrases& phrases) {
  return std::any_of(phrases.begin(), phrases.end(), [&](std::string_view phrase) {
    return text.find(phrase) != std::string::npos;
  });
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return text;
}

std::optional<Verdict> by_word(const Fault& fault) {
  for (const auto& told : {lower(fault.code), lower(fault.type)}) {
    if (told.empty()) continue;
    for (const auto& row : kWords) {
      if (row.word == told) return row.verdict;
    }
  }
  return std::nullopt;
}

// What the words for people say, where they are plainer than the status.
std::optional<Verdict> by_text(int status, const std::string& text) {
  const bool is_limit = status == 402 || status == 403 || status == 429;
  if (is_limit && has_any(text, kPeriodic)) {
    // OpenAI's limits "on requests per day (RPD)" are of one model, others of the whole key.
    const bool is_of_model = text.find("per day (") != std::string::npos;
    return Verdict{Code::quota_exhausted, is_of_model ? Scope::model : Scope::key};
  }
  if ((is_limit || status == 400) && has_any(text, kBilling))
    return Verdict{Code::billing, Scope::key};
  if ((status == 400 || status == 413 || status == 422 || status == 500) && has_any(text, kContext))
    return Verdict{Code::context_overflow, Scope::request};
  if ((status == 400 || status == 404) && has_any(text, kNoModel))
    return Verdict{Code::model_not_found, Scope::model};
  if (status == 400 && has_any(text, kNoKey)) return Verdict{Code::unauthenticated, Scope::key};
  return std::nullopt;
}

std::optional<Verdict> judge(int status, const Fault& fault) {
  if (fault.is_moderation) return Verdict{Code::refusal, Scope::request};
  const std::string text = lower(fault.message);
  const auto word = by_word(fault);
  const bool is_about_rate = !word || word->code == Code::rate_limited;
  if (is_about_rate && (status == 429 || status == 413) && is_beyond_limit(text))
    return Verdict{Code::too_large, Scope::model};
  // "rate_limit_exceeded" is said of minutes and of days.
  if (word && word->code != Code::rate_limited) return word;
  if (const auto said = by_text(status, text)) return said;
  return word;
}

ProviderError explain_fault(int status, const Fault& fault, const WireReply& reply) {
  WireReply plain{status, reply.headers, fault.message};
  ProviderError error = wire::explain_status(plain);
  if (const auto verdict = judge(status, fault)) {
    error.code = verdict->code;
    error.scope = verdict->scope;
  }
  error.message =
      wire::words_of(fault.message.empty() ? fault.code + " " + fault.type : fault.message);
  if (!error.retry_after) error.retry_after = wait_in_words(fault.message);
  const auto now = wire::reply_time(reply);
  if (!error.retry_after && fault.resets_at_ms && now)
    error.retry_after =
        std::max(Duration(0), Duration(*fault.resets_at_ms) - now->time_since_epoch());
  return error;
}

// A whole number that is told; -1 (Azure) and words are none.
std::optional<std::int64_t> count_in(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty() || value < 0)
    return std::nullopt;
  return value;
}

// "8.64s" by OpenAI; seconds, or a moment in seconds or milliseconds since 1970, by others.
std::optional<Duration> reset_in(std::string_view text, const WireReply& reply) {
  if (const auto wait = wire::parse_go_duration(text)) return wait;
  const auto number = count_in(text);
  if (!number || *number > 100'000'000'000'000) return std::nullopt;
  if (*number < 1'000'000'000) return std::chrono::seconds(*number);
  const auto now = wire::reply_time(reply);
  if (!now) return std::nullopt;
  const Duration at(*number > 100'000'000'000 ? *number : *number * 1000);
  return std::max(Duration(0), at - now->time_since_epoch());
}

}  // namespace

ProviderError explain(const WireReply& reply) {
  const auto document = parse_json(reply.body);
  if (!document || !is_fault(*document)) return wire::explain_status(reply);
  const Fault fault = read_fault(*document);
  if (fault.message.empty() && fault.code.empty() && fault.type.empty())
    return wire::explain_status(reply);
  return explain_fault(reply.status, fault, reply);
}

ProviderError explain_document(const json::value& document) {
  const Fault fault = read_fault(document);
  // 500 stands for "it failed inside", which is what an error without a status means here.
  ProviderError error = explain_fault(fault.status == 0 ? 500 : fault.status, fault, {});
  if (fault.message.empty() && fault.code.empty()) error.message = "an error without words";
  return error;
}

bool is_fault(const json::value& document) {
  if (const auto* list = document.if_array())
    return !list->empty() && find(list->front(), "error") != nullptr;
  const auto* error = find(document, "error");
  if (error != nullptr && !error->is_null()) return true;
  if (get_string(document, "object") == "error" || find(document, "detail") != nullptr) return true;
  if (find(document, "title") != nullptr && find(document, "status") != nullptr) return true;
  return find(document, "choices") == nullptr && find_string(document, "message").has_value();
}

std::vector<RateLimit> limits_of(const WireReply& reply) {
  constexpr std::string_view kPrefix = "x-ratelimit-limit-";
  std::vector<RateLimit> limits;
  for (const auto& [header, value] : reply.headers) {
    if (!header.starts_with(kPrefix)) continue;
    const std::string kind = header.substr(kPrefix.size());
    const auto limit = count_in(value);
    const auto remaining = count_in(reply.header("x-ratelimit-remaining-" + kind));
    if (!limit || !remaining || *limit == 0) continue;
    std::string name = kind;
    std::replace(name.begin(), name.end(), '-', '_');
    limits.push_back({std::move(name), *limit, *remaining,
                      reset_in(reply.header("x-ratelimit-reset-" + kind), reply)});
  }
  return limits;
}

}  // namespace chela::openai
