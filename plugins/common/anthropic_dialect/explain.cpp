#include "explain.h"

#include <algorithm>
#include <charconv>

#include "wire.h"

namespace chela::anthropic {
namespace {

struct Meaning {
  std::string_view sign;  // an error.type, or lower-case words of a message
  ProviderCode code;
  ProviderScope scope;
};

// Words that tell more than type and status. The first that fits counts.
constexpr Meaning kWords[] = {
    {"credit balance", ProviderCode::billing, ProviderScope::key},
    {"insufficient balance", ProviderCode::billing, ProviderScope::key},
    {"purchase credits", ProviderCode::billing, ProviderScope::key},
    {"api usage limits", ProviderCode::quota_exhausted, ProviderScope::key},
    {"only authorized for use with", ProviderCode::client_refused, ProviderScope::key},
    {"currently only available for coding agents", ProviderCode::client_refused,
     ProviderScope::provider},
    {"prompt is too long", ProviderCode::context_overflow, ProviderScope::request},
    {"exceed context limit", ProviderCode::context_overflow, ProviderScope::request},
    {"context window", ProviderCode::context_overflow, ProviderScope::request},
    {"context length", ProviderCode::context_overflow, ProviderScope::request},
    {"exceeded model token limit", ProviderCode::context_overflow, ProviderScope::request},
    {"organization has been disabled", ProviderCode::permission_denied, ProviderScope::key},
};

// The same for replies about an account: elsewhere such words may be the request's own.
constexpr Meaning kAccountWords[] = {
    {"usage limit", ProviderCode::quota_exhausted, ProviderScope::key},
    {"weekly limit", ProviderCode::quota_exhausted, ProviderScope::key},
    {"quota", ProviderCode::quota_exhausted, ProviderScope::key},
};

constexpr Meaning kTypes[] = {
    {"invalid_request_error", ProviderCode::bad_request, ProviderScope::request},
    {"authentication_error", ProviderCode::unauthenticated, ProviderScope::key},
    {"invalid_authentication_error", ProviderCode::unauthenticated, ProviderScope::key},
    {"billing_error", ProviderCode::billing, ProviderScope::key},
    {"permission_error", ProviderCode::permission_denied, ProviderScope::key},
    {"access_terminated_error", ProviderCode::client_refused, ProviderScope::provider},
    {"not_found_error", ProviderCode::model_not_found, ProviderScope::model},
    {"conflict_error", ProviderCode::server_error, ProviderScope::model},
    {"request_too_large", ProviderCode::too_large, ProviderScope::request},
    {"rate_limit_error", ProviderCode::rate_limited, ProviderScope::model},
    {"rate_limit_reached_error", ProviderCode::rate_limited, ProviderScope::model},
    {"exceeded_current_quota_error", ProviderCode::quota_exhausted, ProviderScope::key},
    {"overloaded_error", ProviderCode::overloaded, ProviderScope::model},
    {"engine_overloaded_error", ProviderCode::overloaded, ProviderScope::model},
    {"timeout_error", ProviderCode::timeout, ProviderScope::model},
    {"api_error", ProviderCode::server_error, ProviderScope::model},
};

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

// "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00
// UTC." -> the wait until then.
std::optional<Duration> wait_in_words(const std::string& words, const WireReply& reply) {
  constexpr std::string_view kSign = "regain access on ";
  const std::size_t at = words.find(kSign);
  const auto now = wire::reply_time(reply);
  if (at == std::string::npos || !now || words.size() < at + kSign.size() + 19) return std::nullopt;
  const std::string_view text = std::string_view(words).substr(at + kSign.size());
  const std::string stamp =
      std::string(text.substr(0, 10)) + "T" + std::string(text.substr(14, 5)) + ":00Z";
  const auto until = wire::parse_rfc3339(stamp);
  if (!until) return std::nullopt;
  return std::max(Duration(0), Duration(*until - *now));
}

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

ProviderError explain_error(std::string_view type, std::string_view message, int status) {
  ProviderError error;
  error.message = wire::words_of(message);
  if (!type.empty()) error.message = wire::words_of(std::string(type) + ": " + error.message);
  const auto mean = [&](const Meaning& meaning) {
    error.code = meaning.code;
    error.scope = meaning.scope;
    return error;
  };
  // Words count where the service speaks of the request or the account, not where it fails itself.
  if (status == 0 || (status >= 400 && status < 500 && status != 404 && status != 413)) {
    const std::string words = lower(message);
    for (const Meaning& meaning : kWords) {
      if (words.find(meaning.sign) != std::string::npos) return mean(meaning);
    }
    const bool is_of_account = status == 0 || status == 402 || status == 403 || status == 429;
    for (const Meaning& meaning : kAccountWords) {
      if (is_of_account && words.find(meaning.sign) != std::string::npos) return mean(meaning);
    }
  }
  for (const Meaning& meaning : kTypes) {
    if (meaning.sign != type) continue;
    mean(meaning);
    if (error.code == ProviderCode::bad_request && status == 413)
      error.code = ProviderCode::too_large;
    // Some proxies name every failure of theirs an api_error.
    if (error.code == ProviderCode::server_error && status > 0) break;
    return error;
  }
  if (status > 0) {
    const auto by_status = wire::explain_status({status, {}, {}});
    if (status != 409) return {by_status.code, by_status.scope, {}, error.message};
  }
  error.code = ProviderCode::server_error;
  error.scope = ProviderScope::model;
  return error;
}

ProviderError explain_reply(const WireReply& reply) {
  const auto body = wire::object_of(reply.body);
  const auto* said = body ? find(*body, "error") : nullptr;
  if (said == nullptr) return wire::explain_status(reply);
  const std::string type = get_string(*said, "type");
  std::string message = get_string(*said, "message");
  if (message.empty() && said->is_string()) message = std::string(said->get_string());
  if (message.empty()) message = "HTTP " + std::to_string(reply.status);
  ProviderError error = explain_error(type, message, reply.status);
  error.retry_after = wire::retry_after(reply);
  if (!error.retry_after) error.retry_after = wait_in_words(lower(message), reply);
  return error;
}

std::vector<RateLimit> read_limits(const WireReply& reply) {
  constexpr std::pair<const char*, const char*> kFamilies[] = {{"requests", "requests"},
                                                               {"tokens", "tokens"},
                                                               {"input-tokens", "input_tokens"},
                                                               {"output-tokens", "output_tokens"}};
  std::vector<RateLimit> limits;
  const auto now = wire::reply_time(reply);
  for (const auto& [family, name] : kFamilies) {
    const std::string prefix = std::string("anthropic-ratelimit-") + family;
    const auto limit = number(reply.header(prefix + "-limit"));
    const auto remaining = number(reply.header(prefix + "-remaining"));
    if (!limit || !remaining) continue;
    RateLimit one{name, *limit, *remaining, {}};
    const auto reset = wire::parse_rfc3339(reply.header(prefix + "-reset"));
    if (reset && now) one.resets_in = std::max(Duration(0), Duration(*reset - *now));
    limits.push_back(std::move(one));
  }
  return limits;
}

}  // namespace chela::anthropic
